import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import type { FolderOwner } from '../files/FolderOwner.ts';
import { syncFolder } from '../files/syncFolder.ts';
import { GroupCommit, type WaitingBlock } from './GroupCommit.ts';
import { GroupWriter } from './GroupWriter.ts';
import type { LoggedBlock, LogReport, NewBlock, TakeLimit } from './LogBlock.ts';
import { writeHead } from './LogHead.ts';
import type { LogIndex } from './LogIndex.ts';
import { logFailure, recordsGone } from './logErrors.ts';
import { newBlockFrame } from './newBlockFrame.ts';
import type { OpenedLog } from './openLog.ts';
import { RecentPieces } from './RecentPieces.ts';
import { readBlocks } from './readBlocks.ts';
import type { Segment } from './Segment.ts';
import { SpareFiles } from './SpareFiles.ts';

/** A log from its `open` to its `close`. */
export class LogLife {
  readonly #folder: string;
  readonly #sync: boolean;
  readonly #log: string;
  readonly #owner: FolderOwner;
  readonly #index: LogIndex;
  readonly #report: (report: LogReport) => void;
  readonly #recent: RecentPieces;
  readonly #spares: SpareFiles;
  readonly #writer: GroupWriter;
  readonly #commits: GroupCommit;
  /** The number that the next block will have. */
  #next: number;
  /** Files that nobody needs any more. */
  #gone: Segment[] = [];
  #removing: Promise<void> = Promise.resolve();
  #sealing: Promise<void> = Promise.resolve();

  constructor(opened: OpenedLog, report: (report: LogReport) => void) {
    this.#folder = opened.folder;
    this.#sync = opened.sync;
    this.#log = opened.id;
    this.#owner = opened.owner;
    this.#index = opened.index;
    this.#next = opened.index.next;
    this.#report = report;
    this.#recent = new RecentPieces(opened.recentBytes);
    this.#spares = new SpareFiles(opened.folder, opened.owner.epoch);
    this.#writer = new GroupWriter(opened, this.#recent, this.#spares);
    this.#commits = new GroupCommit({
      groupBytes: this.#writer.groupBytes,
      commit: (blocks) => this.#commit(blocks),
    });
  }

  /** Those that wait for the disk included. */
  get bytes(): number {
    return this.#index.liveBytes + this.#commits.bytes;
  }

  get waitingBytes(): number {
    return this.#commits.bytes;
  }

  append(block: NewBlock): Promise<number> {
    const frame = newBlockFrame(block, this.#next);
    // What was refused has no number: after a failure none is given any more.
    if (this.#commits.failure === undefined) this.#next += block.records;
    return this.#commits.add(frame);
  }

  take(from: number, limit: TakeLimit): number {
    this.#expectThere(from, from);
    return this.#index.take(from, limit);
  }

  async read(from: number, until: number): Promise<readonly LoggedBlock[]> {
    this.#expectThere(from, until);
    const blocks: LoggedBlock[] = [];
    for (const range of this.#index.blocks(from, until)) {
      try {
        for (const block of await readBlocks(this.#folder, this.#log, range, this.#recent)) blocks.push(block);
      } catch (error) {
        // Trimmed while it was read, or removed by somebody; what was trimmed may be written over, too.
        if (from < this.#index.trimmed) this.#expectThere(from, until);
        throw logFailure(this.#folder, 'read', error);
      }
    }
    // Who asks for them again has them still, or asks because something failed.
    this.#recent.forget(until);
    return blocks;
  }

  /** What is trimmed is written down with the next group, or at once where a file can go for it. */
  trim(until: number): Promise<void> | undefined {
    this.#index.trim(until);
    const { trimmed } = this.#index;
    this.#recent.forget(trimmed);
    const isWorthIt = this.#gone.length > 0 || this.#index.hasDroppable(trimmed, this.#writer.segment);
    return isWorthIt ? this.#forget() : undefined;
  }

  async close(): Promise<void> {
    await this.#commits.drained();
    this.#commits.fail(closed(this.#folder));
    try {
      await this.#removing;
      await this.#seal();
      await this.#removing;
      await this.#spares.clear();
    } catch (error) {
      this.#slow('its end could not be written down', error, 'Whoever opens it next finds out where it ends.');
    } finally {
      await this.#writer.close().catch(() => undefined); // all that was answered is on disk
      await this.#release();
    }
  }

  async #commit(blocks: readonly WaitingBlock[]): Promise<void> {
    try {
      await this.#writer.write(blocks.map(({ frame }) => frame));
    } catch (error) {
      // Whoever has taken the folder over may be the reason for any failure.
      const failure = (await this.#owner.lost().catch(() => undefined)) ?? logFailure(this.#folder, 'written', error);
      this.#commits.fail(isStreamError(failure, 'LOG_OWNED') ? failure : brokenOff(this.#folder, failure));
      throw failure;
    }
    this.#drop();
  }

  async #forget(): Promise<void> {
    try {
      if (this.#commits.failure === undefined) await this.#commits.flush();
      else await this.#seal();
      await this.#removing;
    } catch (error) {
      this.#slow('what is trimmed could not be written down', error);
    }
  }

  /** Writes down where everything ends, once no group is written any more. One after another: an older head would name files that are gone. */
  #seal(): Promise<void> {
    const sealed = this.#sealing.then(() => this.#writeEnd());
    this.#sealing = sealed.catch(() => undefined); // whoever asked is told
    return sealed;
  }

  async #writeEnd(): Promise<void> {
    const { trimmed } = this.#index;
    if (!(await writeHead(this.#folder, this.#owner, this.#writer.headAt(trimmed), this.#sync))) return;
    await this.#owner.check();
    this.#writer.recorded = trimmed;
    this.#drop(true);
  }

  /** Removes what a file that is safe says is trimmed, as its owner: so everybody who comes later knows it. */
  #drop(withLast = false): void {
    const keep = withLast ? undefined : this.#writer.segment;
    this.#gone.push(...this.#index.drop(this.#writer.recorded, keep));
    if (this.#gone.length > 0) this.#removing = this.#removing.then(() => this.#remove());
  }

  async #remove(): Promise<void> {
    const gone = this.#gone.splice(0);
    const files = [...gone];
    try {
      for (let segment = files[0]; segment !== undefined; segment = files[0]) {
        // Not when it ends, or the disk may be full.
        if (this.#commits.failure === undefined && this.#spares.takes(segment)) await this.#spares.put(segment);
        else await rm(join(this.#folder, segment.name.file), { force: true });
        files.shift();
      }
      if (this.#sync && gone.length > 0) await syncFolder(this.#folder);
    } catch (error) {
      this.#gone.push(...files);
      this.#slow('trimmed files could not be removed', error);
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#owner.release();
    } catch (error) {
      throw logFailure(this.#folder, 'given back', error);
    }
  }

  #slow(what: string, cause: unknown, then = 'It is tried again.'): void {
    const message = `writeAheadLog: the log in the folder ${this.#folder}: ${what} (${reasonOf(cause)}). ${then}`;
    this.#report({ code: 'LOG_SLOW', message, cause });
  }

  #expectThere(from: number, until: number): void {
    const { trimmed, next } = this.#index;
    if (from < trimmed || until > next || from > until) throw recordsGone(this.#folder, from, until, trimmed, next);
  }
}

function brokenOff(folder: string, cause: StreamError): StreamError {
  return new StreamError(
    'LOG_FAILED',
    `writeAheadLog: a write to the log in the folder ${folder} failed before (${reasonOf(cause)}), so nobody knows what is behind what was answered: ` +
      'open the log again, which finds out.',
    { cause, details: cause.details },
  );
}

function closed(folder: string): StreamError {
  return new StreamError('LOG_FAILED', `writeAheadLog: the log in the folder ${folder} is used after it was closed.`);
}
