import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import { createWhole } from '../../drivers/files/createWhole.ts';
import type { FolderOwner, TakeOptions } from '../../drivers/files/FolderOwner.ts';
import { replaceFile } from '../../drivers/files/replaceFile.ts';
import { syncFolder } from '../../drivers/files/syncFolder.ts';
import { copyLog } from './copyLog.ts';
import type { LogFolder } from './LogFolder.ts';
import { filesIn, headName, namesIn, noHeadName, segmentName } from './logNames.ts';
import { ownFolder } from './ownFolder.ts';
import { SavepointFolder } from './SavepointFolder.ts';
import { SegmentWriter } from './SegmentWriter.ts';

/**
 * What an owner does with its folder. Everything it makes carries its epoch in its name, so owners never write to the same file; what it removes is
 * what a head that it published as the owner does not need. That is why it is enough to look for the ownership after the deed.
 */
export class OwnedLog {
  readonly #folder: LogFolder;
  readonly #owner: FolderOwner;
  readonly #sync: boolean;
  /** Those of owners before this one. They do not grow any more. */
  readonly #inherited: Set<string>;
  readonly #writers = new Map<string, SegmentWriter>();
  #hasUnsyncedNames = false;

  private constructor(folder: LogFolder, owner: FolderOwner, sync: boolean, inherited: Iterable<string>) {
    this.#folder = folder;
    this.#owner = owner;
    this.#sync = sync;
    this.#inherited = new Set(inherited);
  }

  static async take(folder: LogFolder, options: TakeOptions): Promise<OwnedLog> {
    const owner = await ownFolder(folder.path, options);
    try {
      return new OwnedLog(folder, owner, options.sync, (await folder.segments()).keys());
    } catch (error) {
      // The first failure is the one to report.
      await owner.release().catch(() => undefined);
      throw error;
    }
  }

  /** Why nothing can be done any more, if somebody has taken the folder over or removed it. */
  lost(): Promise<StreamError | undefined> {
    return this.#owner.lost();
  }

  async release(): Promise<void> {
    try {
      await Promise.all([...this.#writers.keys()].map((segment) => this.#closeWriter(segment)));
    } finally {
      await this.#owner.release();
    }
  }

  async append(segment: string, bytes: Uint8Array, isLasting: boolean): Promise<void> {
    const writer = this.#writers.get(segment) ?? (await this.#begin(segment));
    await writer.append(bytes);
    if (isLasting) await writer.sync();
    if (isLasting) await this.#syncNames();
    await this.#owner.check();
  }

  async publish(head: Uint8Array): Promise<void> {
    await this.#owner.check();
    await this.#syncAll();
    await this.#replaceHead(this.#folder.path, head);
    await this.#owner.check();
    await rm(this.#pathOf(noHeadName(this.#owner.epoch)), { force: true });
  }

  async remove(segments: readonly string[]): Promise<void> {
    await this.#owner.check();
    const names = new Set(segments);
    for (const segment of names) await this.#closeWriter(segment);
    for (const { segment, epoch, file } of (await namesIn(this.#folder.path)).segments) {
      if (names.has(segment) && epoch <= this.#owner.epoch) await rm(this.#pathOf(file), { force: true });
    }
    for (const segment of names) this.#inherited.delete(segment);
    await this.#owner.check();
  }

  async copy(savepoint: string, head: Uint8Array, segments: readonly string[]): Promise<void> {
    const to = new SavepointFolder(this.#folder.path, savepoint);
    await this.#owner.check();
    await this.#syncAll();
    const there = await this.#folder.segments();
    const files = [...new Set(segments)].map(
      (segment) => there.get(segment)?.file ?? missing(this.#folder.path, segment),
    );
    const complete = (folder: string): Promise<void> => this.#replaceHead(folder, head);
    await to.replace(this.#folder.path, this.#owner.epoch, {
      files,
      complete,
      check: () => this.#owner.check(),
      sync: this.#sync,
    });
  }

  /**
   * First everything gets a second place; then the head goes, and what belongs to it only when it is sure that the owner after this one, if there is one,
   * does not begin with that head.
   */
  async setAside(): Promise<string> {
    const { path } = this.#folder;
    const { epoch } = this.#owner;
    await this.#syncAll();
    for (const segment of [...this.#writers.keys()]) await this.#closeWriter(segment);
    const { heads, segments } = await namesIn(path);
    const files = [...heads.map(headName), ...segments.map(({ file }) => file)];
    const aside = join(path, await freeName(path));
    await copyLog(path, aside, { files, check: () => this.#owner.check(), sync: this.#sync });
    await createWhole(this.#pathOf(noHeadName(epoch)), '');
    await this.#syncFolder();
    for (const head of heads) if (head <= epoch) await rm(this.#pathOf(headName(head)), { force: true });
    await this.#syncFolder();
    await this.#owner.check();
    for (const segment of segments) if (segment.epoch <= epoch) await rm(this.#pathOf(segment.file), { force: true });
    this.#inherited.clear();
    return aside;
  }

  async #begin(segment: string): Promise<SegmentWriter> {
    const path = this.#pathOf(segmentName(segment, this.#owner.epoch));
    if (this.#inherited.has(segment)) {
      throw new StreamError(
        'CHECKPOINT_FAILED',
        `fileCheckpoint: segment ${segment} was begun by an owner before this one; begin another.`,
      );
    }
    await this.#owner.check();
    const writer = await SegmentWriter.begin(path, this.#sync);
    this.#writers.set(segment, writer);
    this.#hasUnsyncedNames = true;
    return writer;
  }

  async #closeWriter(segment: string): Promise<void> {
    const writer = this.#writers.get(segment);
    this.#writers.delete(segment);
    await writer?.close();
  }

  async #syncAll(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.sync();
    await this.#syncNames();
  }

  async #syncNames(): Promise<void> {
    if (!this.#hasUnsyncedNames) return;
    await this.#syncFolder();
    this.#hasUnsyncedNames = false;
  }

  async #syncFolder(): Promise<void> {
    if (this.#sync) await syncFolder(this.#folder.path);
  }

  async #replaceHead(folder: string, head: Uint8Array): Promise<void> {
    await replaceFile(join(folder, headName(this.#owner.epoch)), head, { keepPrevious: false, sync: this.#sync });
  }

  #pathOf(file: string): string {
    return join(this.#folder.path, file);
  }
}

function missing(folder: string, segment: string): never {
  throw new StreamError('CHECKPOINT_CORRUPT', `fileCheckpoint: segment ${segment} is missing in ${folder}.`, {
    details: { folder, segment },
  });
}

async function freeName(folder: string): Promise<string> {
  const taken = (await filesIn(folder)).flatMap((file) => /^unreadable-(\d+)$/.exec(file)?.[1] ?? []);
  return `unreadable-${Math.max(0, ...taken.map(Number)) + 1}`;
}
