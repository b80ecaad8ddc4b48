import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import { hasCode } from '../../drivers/files/fileTrouble.ts';
import type { StoredSegment } from '../log/LogStorage.ts';
import { headName, type LogNames, lastHead, namesIn, type SegmentFile } from './logNames.ts';
import { openSegment } from './openSegment.ts';

/** How often a list is made again because its files were replaced in between: each time somebody has taken the folder over. */
const LOOKS = 100;

/**
 * Reads what lies in a folder, without owning it: the checkpoint itself, a savepoint, what was set aside. Of several heads the one of the highest
 * epoch counts, and of several files of a segment too.
 */
export class LogFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async head(): Promise<Uint8Array | undefined> {
    for (let looks = 0; ; looks++) {
      const names = await namesIn(this.path);
      const last = lastHead(names);
      if (last?.isThere === false) return undefined;
      if (last === undefined && looks === 0) continue;
      if (last === undefined) return this.#withoutHead(names);
      try {
        return await readFile(join(this.path, headName(last.epoch)));
      } catch (error) {
        if (!hasCode(error, 'ENOENT') || looks >= LOOKS) throw error;
      }
    }
  }

  /** By name, those that count. */
  async segments(): Promise<ReadonlyMap<string, SegmentFile>> {
    const newest = new Map<string, SegmentFile>();
    for (const file of (await namesIn(this.path)).segments) {
      if (file.epoch > (newest.get(file.segment)?.epoch ?? 0)) newest.set(file.segment, file);
    }
    return newest;
  }

  async open(segment: string): Promise<StoredSegment | undefined> {
    const found = (await this.segments()).get(segment);
    if (found === undefined) return undefined;
    try {
      return await openSegment(this.path, join(this.path, found.file));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Every owner leaves a head or a sign that there is none, so where anything else is left, a file is missing. */
  async #withoutHead(names: LogNames): Promise<undefined> {
    if (names.owners.length === 0 && names.segments.length === 0) return undefined;
    await access(this.path);
    throw new StreamError(
      'CHECKPOINT_CORRUPT',
      `fileCheckpoint: expected a file head-<n> in the folder ${this.path} beside the others of a checkpoint, but there is none. Put it back, or go on from a ` +
        'savepoint, or begin anew in another folder.',
      { details: { folder: this.path } },
    );
  }
}
