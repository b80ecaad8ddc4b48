import { isStreamError } from '../../../core/errors.ts';
import type { Isolation } from '../../../drivers/kafka/KafkaDriver.ts';
import type { ReceiverHost } from '../../receiver/Receiver.ts';
import { Waits } from '../../Waits.ts';
import type { Claim } from './Claim.ts';
import type { Mark, Marks } from './Marks.ts';
import { blockOf, type ReceivedPart } from './receivedBlock.ts';

/** What a gatherer tells. */
export interface GathererEvents {
  /** What these have given is in the log up to where they say. */
  safe(claims: readonly Claim[]): void;
  /** The log cannot be written. */
  failed(error: unknown): void;
  /** The members of the group at this moment, for the note of a block. */
  members(): readonly string[];
}

export interface GathererSettings {
  readonly name: string;
  readonly isolation: Isolation;
  readonly blockIntervalMs: number;
  readonly maxBlockBytes: number;
}

interface Gathered {
  readonly claim: Claim;
  readonly part: ReceivedPart;
}

/**
 * Makes blocks of what all members fetch, and stores one after the other: a block is due when it is big enough, when its first part has
 * waited long enough, or when somebody wants everything stored. What partitions gave that were lost meanwhile is forgotten, not stored.
 */
export class BlockGatherer {
  readonly #settings: GathererSettings;
  readonly #host: ReceiverHost;
  readonly #marks: Marks;
  readonly #events: GathererEvents;
  readonly #waits: Waits;
  #queue: Gathered[] = [];
  #inFlight: readonly Gathered[] = [];
  #bytes = 0;
  /** How big a block gets: less than it may where the log takes less. */
  #blockBytes: number;
  #isStoring = false;
  #isFull = false;
  #isDue = false;
  /** How many want everything stored now. */
  #flushes = 0;
  #cancelTimer: (() => void) | undefined;
  #watchers: (() => void)[] = [];

  constructor(settings: GathererSettings, host: ReceiverHost, marks: Marks, events: GathererEvents) {
    this.#settings = settings;
    this.#blockBytes = settings.maxBlockBytes;
    this.#host = host;
    this.#marks = marks;
    this.#events = events;
    this.#waits = new Waits(host.scheduler, host.signal);
  }

  /** Takes what a fetch brought; parts without records only move the position. */
  add(claim: Claim, part: ReceivedPart): void {
    if (claim.isLost) return;
    this.#queue.push({ claim, part });
    this.#bytes += part.batches.length;
    if (this.#isBig || this.#flushes > 0) this.#isDue = true;
    if (this.#isDue) void this.#store();
    else {
      this.#cancelTimer ??= this.#waits.after(this.#settings.blockIntervalMs, () => {
        this.#cancelTimer = undefined;
        this.#isDue = true;
        void this.#store();
      });
    }
  }

  /** Resolves when more may be fetched; the log that is full or slow is what it waits for. Rejects when `signal` is aborted. */
  async room(signal: AbortSignal): Promise<void> {
    // One block is on its way into the log while the next one gathers.
    while (this.#bytes >= 2 * this.#blockBytes) await this.#changed(signal);
    signal.throwIfAborted();
  }

  /** Stores what these have given, unless the log is full: that is forgotten, and Kafka brings it again. */
  async flush(claims: ReadonlySet<Claim>): Promise<void> {
    this.#flushes++;
    this.#isDue = true;
    try {
      while (this.#has(claims)) {
        void this.#store();
        if (this.#isFull || this.#waits.over) this.drop(claims);
        if (this.#has(claims)) await this.#changed();
      }
    } finally {
      this.#flushes--;
    }
  }

  /** Forgets what these have given and the log is not just storing. */
  drop(claims: ReadonlySet<Claim>): void {
    for (const claim of claims) claim.isLost = true;
    this.#forgetLost();
    this.#tell();
  }

  /** Nothing comes any more. */
  close(): void {
    this.#cancelTimer?.();
  }

  /** Resolves when the log has answered for everything of these that was on its way. */
  async answered(claims: ReadonlySet<Claim>): Promise<void> {
    while (this.#inFlight.some(({ claim }) => claims.has(claim))) await this.#changed();
  }

  /** Whether a block is due for what has gathered, however long that took. */
  get #isBig(): boolean {
    return sizeOf(this.#queue) >= this.#blockBytes;
  }

  #has(claims: ReadonlySet<Claim>): boolean {
    return [...this.#queue, ...this.#inFlight].some(({ claim }) => claims.has(claim));
  }

  async #store(): Promise<void> {
    if (this.#isStoring) return;
    this.#isStoring = true;
    try {
      while (this.#isDue && !this.#waits.over) {
        this.#forgetLost();
        const block = this.#next();
        if (block.length === 0) break;
        await this.#storeBlock(block);
        if (!this.#isBig && this.#flushes === 0) this.#isDue = false;
      }
    } catch (error) {
      if (!this.#waits.over) this.#events.failed(error);
    }
    this.#isStoring = false;
    this.#isDue = false;
    this.#rearm();
    this.#tell();
  }

  /** What came while a block was on its way waits for its own time. */
  #rearm(): void {
    if (this.#queue.length === 0 || this.#waits.over || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#waits.after(this.#settings.blockIntervalMs, () => {
      this.#cancelTimer = undefined;
      this.#isDue = true;
      void this.#store();
    });
  }

  /** The parts of the next block: one at least, others as far as they find room beside it. */
  #next(): readonly Gathered[] {
    let bytes = 0;
    const end = this.#queue.findIndex(({ part }, i) => {
      bytes += part.batches.length;
      return i > 0 && bytes > this.#blockBytes;
    });
    return this.#queue.slice(0, end < 0 ? this.#queue.length : end);
  }

  async #storeBlock(block: readonly Gathered[]): Promise<void> {
    const filled = block.filter(({ part }) => part.records > 0);
    const marks = marksOf(block);
    if (filled.length > 0) {
      const parts = blockOf(
        this.#settings.isolation,
        filled.map(({ part }) => part),
      );
      const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
      if (!this.#host.hasRoom(bytes)) return this.#awaitRoom(block, bytes);
      const records = filled.reduce((sum, { part }) => sum + part.records, 0);
      this.#inFlight = block;
      this.#queue = this.#queue.slice(block.length);
      try {
        await this.#host.store({ parts, records, note: this.#marks.note(marks, this.#events.members()) });
      } catch (error) {
        this.#queue = [...block, ...this.#queue];
        this.#inFlight = [];
        if (!isStreamError(error, 'BUFFER_FULL')) throw error;
        return this.#awaitRoom(block, bytes);
      }
    } else this.#queue = this.#queue.slice(block.length);
    this.#inFlight = [];
    this.#bytes -= sizeOf(block);
    this.#marks.advance(marks);
    for (const { claim, part } of block) claim.safe = part.until;
    this.#tell();
    this.#events.safe([...new Set(block.map(({ claim }) => claim))]);
  }

  /** The log is full: whoever fetches waits, and heartbeats go on. */
  async #awaitRoom(block: readonly Gathered[], bytes: number): Promise<void> {
    this.#isFull = true;
    this.#tell();
    try {
      await this.#host.room(bytes);
    } catch (error) {
      // It never fits. Fewer parts may; one does not get smaller.
      if (block.length === 1) throw error;
      this.#blockBytes = Math.floor(sizeOf(block) / 2);
    }
    this.#isFull = false;
  }

  #forgetLost(): void {
    const [lost, kept] = [
      this.#queue.filter(({ claim }) => claim.isLost),
      this.#queue.filter(({ claim }) => !claim.isLost),
    ];
    this.#bytes -= sizeOf(lost);
    this.#queue = kept;
  }

  #tell(): void {
    for (const look of this.#watchers.splice(0)) look();
  }

  #changed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const abandon = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', abandon, { once: true });
      this.#watchers.push(() => {
        signal?.removeEventListener('abort', abandon);
        resolve();
      });
    });
  }
}

function marksOf(block: readonly Gathered[]): readonly Mark[] {
  return block.map(({ claim: { topic, partition, topicId }, part: { until } }) => ({
    topic,
    partition,
    topicId,
    next: until,
  }));
}

function sizeOf(block: readonly Gathered[]): number {
  return block.reduce((sum, { part }) => sum + part.batches.length, 0);
}
