import type { Answer } from '../../core/Answer.ts';
import { StreamError } from '../../core/errors.ts';
import type { CheckpointContents, CheckpointReport, DurableCheckpoint, Settlement } from '../CheckpointStore.ts';
import type { Savepoint } from '../savepointOf.ts';
import { encodeHead } from './format/head.ts';
import { InOrder } from './InOrder.ts';
import { inOrderStorage } from './inOrderStorage.ts';
import { inspectLog } from './inspectLog.ts';
import type { LogLife } from './LogLife.ts';
import type { LogStorage } from './LogStorage.ts';
import { type Opened, openLog } from './openLog.ts';
import type { LogWriter } from './writing/LogWriter.ts';
import { Merging } from './writing/Merging.ts';

/** What checkpoints that are kept as a log have in common: in a folder and in Redis. */
export interface LoggedCheckpointOptions {
  /**
   * Bytes of changes after which they are merged into the base, in the background; never before they are as many as the base has.
   * Default 16 MiB.
   */
  readonly compactAfterBytes?: number;
  /**
   * What happens when what is there cannot be read (`CHECKPOINT_CORRUPT`, `CHECKPOINT_NEWER`): `'fail'`, or `'setAside'`: it is moved aside,
   * under another name, and the checkpoint begins empty. Default `'fail'`.
   */
  readonly onUnreadable?: 'fail' | 'setAside';
  /** What a checkpoint that holds nothing yet begins with: `savepointOf(store, name)`. Not looked at where there is something. Default: nothing. */
  readonly startFrom?: Savepoint;
}

/**
 * A checkpoint as a log of changes and a base, merged from time to time, over any place that keeps segments of bytes. Every byte is
 * under a checksum: what a crash has cut off is dropped, what is damaged is refused.
 */
export function loggedCheckpoint(storage: LogStorage, options: LoggedCheckpointOptions = {}): DurableCheckpoint {
  const checkpoint = new LoggedCheckpoint(storage, options);
  return {
    name: storage.name,
    durable: true,
    load: (report) => checkpoint.load(report),
    plan: (batch) => checkpoint.write((writer) => writer.plan(batch)),
    settle: (settlement) => checkpoint.settle(settlement),
    close: () => checkpoint.close(),
    savepoint: (name) => checkpoint.savepoint(name),
    inspect: (use, savepoint) => checkpoint.inspect(use, savepoint),
  };
}

const COMPACT_AFTER = 16 << 20;

type Report = (report: CheckpointReport) => void;

class LoggedCheckpoint {
  readonly #storage: LogStorage;
  readonly #options: LoggedCheckpointOptions;
  /** All calls of the storage, also those of a merge and of who looks on, stand in this line. */
  readonly #turns = new InOrder();
  #opened: Opened | undefined;
  #merging: Merging | undefined;
  /** States that `load` gave and nothing has settled of. */
  #unread = new Set<string>();

  constructor(storage: LogStorage, options: LoggedCheckpointOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  async load(report: Report = () => {}): Promise<CheckpointContents> {
    await this.#merging?.abandon();
    return this.#turns.run(async () => {
      await this.#giveBack();
      return this.#open(this.#options, report);
    });
  }

  write(task: (writer: LogWriter) => Promise<void>): Promise<void> {
    return this.#turns.run(() => this.#life().write(task));
  }

  async settle(settlement: Settlement): Promise<void> {
    await this.write((writer) => writer.settle(settlement));
    this.#letGo(settlement);
    this.#merging?.look();
  }

  async close(): Promise<void> {
    await this.#merging?.abandon();
    await this.#turns.run(() => this.#giveBack());
  }

  /** Also when no run goes on: then it is owned for the moment, and what cannot be read stays where it is. */
  savepoint(name: string): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#opened !== undefined) return this.#copy(name, this.#opened.life);
      await this.#open({ ...this.#options, onUnreadable: 'fail' });
      try {
        await this.#copy(name, this.#life());
      } finally {
        await this.#giveBack();
      }
    });
  }

  inspect<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Promise<T> {
    return inspectLog(inOrderStorage(this.#storage, this.#turns), use, savepoint);
  }

  async #open(options: LoggedCheckpointOptions, report: Report = () => {}): Promise<CheckpointContents> {
    await this.#storage.own(report);
    try {
      this.#opened = await openLog(this.#storage, options, report);
    } catch (error) {
      // The first failure is the one to report.
      await this.#giveBack().catch(() => undefined);
      throw error;
    }
    const { life, read } = this.#opened;
    this.#unread = new Set(read.contents.states.keys());
    const afterBytes = this.#options.compactAfterBytes ?? COMPACT_AFTER;
    this.#merging = new Merging(this.#storage, this.#turns, life, { afterBytes, report });
    return read.contents;
  }

  /** What has settled since was gone through before; when that is true of all states nobody reads what `load` gave any more. */
  #letGo({ states, dropped = [] }: Settlement): void {
    for (const { state } of states) this.#unread.delete(state);
    for (const state of dropped) this.#unread.delete(state);
    if (this.#unread.size === 0) this.#opened?.read.close();
  }

  async #copy(name: string, life: LogLife): Promise<void> {
    const head = await life.closedHead();
    const segments = [head.base, ...head.log].flatMap((part) => (part === undefined ? [] : [part.segment]));
    await this.#storage.copy(name, encodeHead(head), segments);
  }

  #life(): LogLife {
    if (this.#opened !== undefined) return this.#opened.life;
    const message = `the checkpoint in ${this.#storage.name} was written to without being loaded.`;
    throw new StreamError('CHECKPOINT_FAILED', message);
  }

  async #giveBack(): Promise<void> {
    this.#opened?.read.close();
    this.#opened = undefined;
    this.#merging = undefined;
    await this.#storage.release();
  }
}
