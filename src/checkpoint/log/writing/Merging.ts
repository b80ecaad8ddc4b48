import { reasonOf } from '../../../core/reasonOf.ts';
import type { CheckpointReport } from '../../CheckpointStore.ts';
import type { Head } from '../format/head.ts';
import type { InOrder } from '../InOrder.ts';
import { inOrderStorage } from '../inOrderStorage.ts';
import type { LogLife } from '../LogLife.ts';
import type { LogStorage } from '../LogStorage.ts';
import { readLog } from '../reading/readLog.ts';
import { removeOrphans } from './removeOrphans.ts';
import { writeBase } from './writeBase.ts';

/** More segments than this are merged however small they are: every start adds one. */
const SEGMENTS = 32;

/**
 * Merges base and log of one life into a new base when the log has outgrown the old one, in the background: between its slices plans and
 * settlements are written to a segment that takes no part. Until the head names the new base nothing depends on it, so it can end
 * anywhere; what fails is reported and tried again when the log has grown further.
 */
export class Merging {
  readonly #storage: LogStorage;
  readonly #turns: InOrder;
  readonly #life: LogLife;
  readonly #afterBytes: number;
  readonly #report: (report: CheckpointReport) => void;
  #running: Promise<void> | undefined;
  #isAbandoned = false;
  /** After a failure: not before the log has this length. */
  #notBefore = 0;

  constructor(
    storage: LogStorage,
    turns: InOrder,
    life: LogLife,
    options: { readonly afterBytes: number; readonly report: (report: CheckpointReport) => void },
  ) {
    this.#storage = storage;
    this.#turns = turns;
    this.#life = life;
    this.#afterBytes = options.afterBytes;
    this.#report = options.report;
  }

  /** Begins to merge if it is time to. */
  look(): void {
    const { head, logBytes } = this.#life;
    if (this.#running !== undefined || logBytes < this.#notBefore) return;
    const isLong = logBytes > Math.max(this.#afterBytes, head.base?.length ?? 0);
    if (!isLong && head.log.length <= SEGMENTS) return;
    this.#running = this.#merge().finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends it, at the end of a slice; answers when nothing more of it happens. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    await this.#running;
  }

  async #merge(): Promise<void> {
    try {
      const merged = await this.#turns.run(() => this.#life.closedHead());
      const base = await this.#newBase(merged);
      await this.#turns.run(async () => {
        this.#mayGoOn();
        await this.#life.replaceBase(base, merged);
        await removeOrphans(this.#storage, this.#life.head);
      });
    } catch (cause) {
      if (cause !== ABANDONED) this.#failed(cause);
    }
  }

  async #newBase(merged: Head): ReturnType<typeof writeBase> {
    const storage = inOrderStorage(this.#storage, this.#turns);
    const read = await readLog(storage, merged);
    try {
      return await writeBase(storage, this.#life.newName('base'), read.contents, () => this.#mayGoOn());
    } finally {
      read.close();
    }
  }

  #mayGoOn(): void {
    if (this.#isAbandoned) throw ABANDONED;
  }

  #failed(cause: unknown): void {
    this.#notBefore = this.#life.logBytes + this.#afterBytes;
    const message =
      `The log in ${this.#storage.name} could not be merged: ${reasonOf(cause)}. ` +
      'Nothing is lost; it grows, and is merged again later.';
    this.#report({ code: 'CHECKPOINT_UNMERGED', message, cause });
  }
}

const ABANDONED = new Error('abandoned');
