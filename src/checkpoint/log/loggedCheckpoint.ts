import { StreamError } from '../../core/errors.ts';
import type { CheckpointContents, CheckpointStore, Settlement } from '../CheckpointStore.ts';
import { corrupt } from './checkpointErrors.ts';
import { decodeHead, encodeHead, type Head } from './head.ts';
import { InOrder } from './InOrder.ts';
import { FIRST_HEAD, LogLife } from './LogLife.ts';
import type { LogStorage } from './LogStorage.ts';
import { promised } from './promised.ts';
import { type ReadLog, readLog } from './readLog.ts';

/** Something that happened in a checkpoint and did not end the run. */
export interface CheckpointReport {
  readonly code: 'CHECKPOINT_CORRUPT' | 'CHECKPOINT_FAILED';
  readonly message: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Options of {@link loggedCheckpoint}. */
export interface LoggedCheckpointOptions {
  /** Is told what did not end the run: a torn end of the log that was dropped, a compaction that failed. */
  readonly report?: (report: CheckpointReport) => void;
  readonly compactAfterBytes?: number;
}

/**
 * A checkpoint as a log of changes and a base, merged from time to time, over any place that keeps segments of bytes.
 * Every byte is under a checksum: what a crash has cut off is dropped, what is damaged is refused.
 */
export function loggedCheckpoint(storage: LogStorage, options: LoggedCheckpointOptions = {}): CheckpointStore {
  const checkpoint = new LoggedCheckpoint(storage, options);
  return {
    name: storage.name,
    durable: true,
    load: () => checkpoint.load(),
    plan: (batch) => checkpoint.write((life) => life.plan(batch)),
    settle: (settlement) => checkpoint.settle(settlement),
    close: () => checkpoint.close(),
  };
}

class LoggedCheckpoint {
  readonly #storage: LogStorage;
  readonly #report: (report: CheckpointReport) => void;
  readonly #turns = new InOrder();
  #life: LogLife | undefined;
  /** What `load` gave, as long as it may be gone through. */
  #read: ReadLog | undefined;
  /** Why nothing is written any more. */
  #failure: unknown;

  constructor(storage: LogStorage, { report = () => {} }: LoggedCheckpointOptions) {
    this.#storage = storage;
    this.#report = report;
  }

  load(): Promise<CheckpointContents> {
    return this.#turns.run(async () => {
      await this.#giveBack();
      await promised(() => this.#storage.own());
      try {
        return await this.#begin();
      } catch (error) {
        await this.#giveBack();
        throw error;
      }
    });
  }

  settle(settlement: Settlement): Promise<void> {
    return this.write(async (life) => {
      this.#forgetRead();
      await life.settle(settlement);
    });
  }

  write(task: (life: LogLife) => Promise<void>): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#life === undefined) throw notLoaded(this.#storage);
      if (this.#failure !== undefined) throw this.#failure;
      try {
        await task(this.#life);
      } catch (error) {
        this.#failure = error;
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#turns.run(() => this.#giveBack());
  }

  async #begin(): Promise<CheckpointContents> {
    const head = await this.#headOrFirst();
    const read = await readLog(this.#storage, head);
    this.#read = read;
    if (read.torn !== undefined) this.#tellTorn(read.torn);
    this.#life = await LogLife.begin(this.#storage, head, read);
    await this.#removeOrphans(this.#life.head);
    return read.contents;
  }

  async #headOrFirst(): Promise<Head> {
    const bytes = await promised(() => this.#storage.head());
    if (bytes !== undefined) return decodeHead(bytes, this.#storage.name);
    const segments = await promised(() => this.#storage.segments());
    if (segments.length > 0) {
      throw corrupt(this.#storage.name, `its head is missing, but there are parts of it: ${segments.join(', ')}`);
    }
    await promised(() => this.#storage.publish(encodeHead(FIRST_HEAD)));
    return FIRST_HEAD;
  }

  /** What no head names any more, or was never named because a crash came first. */
  async #removeOrphans({ base, log }: Head): Promise<void> {
    const named = new Set([base, ...log].map((part) => part?.segment));
    const segments = await promised(() => this.#storage.segments());
    const orphans = segments.filter((segment) => !named.has(segment));
    if (orphans.length > 0) await promised(() => this.#storage.remove(orphans));
  }

  #tellTorn({ segment, from, bytes, what }: NonNullable<ReadLog['torn']>): void {
    const message =
      `The last write to ${this.#storage.name} was cut off and never answered for: ` +
      `${bytes} bytes from byte ${from} of ${segment} on do not count (${what}).`;
    this.#report({ code: 'CHECKPOINT_CORRUPT', message, details: { segment, from, bytes } });
  }

  #forgetRead(): void {
    this.#read?.close();
    this.#read = undefined;
  }

  async #giveBack(): Promise<void> {
    this.#forgetRead();
    this.#life = undefined;
    this.#failure = undefined;
    await promised(() => this.#storage.release());
  }
}

function notLoaded({ name }: LogStorage): StreamError {
  return new StreamError('CHECKPOINT_FAILED', `the checkpoint in ${name} was written to without being loaded.`);
}
