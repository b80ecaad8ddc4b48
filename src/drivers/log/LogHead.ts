import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderOwner } from '../files/FolderOwner.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { sealJson, unsealJson } from '../files/sealedJson.ts';
import { logCorrupt } from './logErrors.ts';
import { headName, parsedSegmentName, type SegmentName } from './logNames.ts';

/**
 * What an owner found when it came, or left when it went: file `head-<epoch>`, of which the highest counts. Segments that it names do not grow any
 * more; those of its epoch from `nextSegment` on came later.
 */
export interface LogHead {
  /** The log's id. */
  readonly log: string;
  readonly trimmed: number;
  /** The number of the next record to come. */
  readonly next: number;
  readonly nextSegment: number;
  /** JSON. */
  readonly note: string | undefined;
  readonly segments: readonly HeadSegment[];
}

/** A segment as a head names it. */
export interface HeadSegment extends SegmentName {
  /** The number of its first record. */
  readonly first: number;
  /** The number of the record behind its last one. */
  readonly next: number;
  /** What of the file counts. */
  readonly bytes: number;
}

const FORMAT = 'rx-dstream log 1';

/** Answers whether it is there now: `false` where somebody else has taken the folder. */
export async function writeHead(folder: string, owner: FolderOwner, head: LogHead, sync: boolean): Promise<boolean> {
  const segments = head.segments.map(({ file, first, next, bytes }) => ({ file, first, next, bytes }));
  const note = head.note === undefined ? null : (JSON.parse(head.note) as unknown);
  const content = sealJson({ format: FORMAT, ...head, hasNote: head.note !== undefined, note, segments });
  const isStillMeant = async (): Promise<boolean> => (await owner.lost()) === undefined;
  // A folder that was removed is not to be made again.
  return (
    (await isStillMeant()) &&
    replaceFile(join(folder, headName(owner.epoch)), content, { keepPrevious: false, isStillMeant, sync })
  );
}

export async function readHead(folder: string, epoch: number): Promise<LogHead> {
  const file = headName(epoch);
  const unsealed = unsealJson(await readFile(join(folder, file), 'utf8'));
  if (unsealed.found === 'damage') throw logCorrupt(folder, file, unsealed.what);
  const head = parsed(unsealed.value as Record<string, unknown>);
  if (head === undefined) throw logCorrupt(folder, file, `it is not of the format "${FORMAT}"`);
  return head;
}

function parsed(value: Record<string, unknown>): LogHead | undefined {
  const { format, log, trimmed, next, nextSegment, hasNote, note, segments } = value;
  if (format !== FORMAT || typeof log !== 'string' || !Array.isArray(segments)) return undefined;
  if (!isNumber(trimmed) || !isNumber(next) || !isNumber(nextSegment)) return undefined;
  const named = segments.map(parsedSegment);
  if (named.includes(undefined)) return undefined;
  return {
    log,
    trimmed,
    next,
    nextSegment,
    note: hasNote === true ? JSON.stringify(note) : undefined,
    segments: named as readonly HeadSegment[],
  };
}

function parsedSegment(value: unknown): HeadSegment | undefined {
  const { file, first, next, bytes } = (value ?? {}) as Record<string, unknown>;
  const name = typeof file === 'string' ? parsedSegmentName(file) : undefined;
  if (name === undefined || !isNumber(first) || !isNumber(next) || !isNumber(bytes)) return undefined;
  return { ...name, first, next, bytes };
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
