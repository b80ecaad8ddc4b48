import { reasonOf } from '../../core/reasonOf.ts';
import { WaitingBlocks } from '../receiver/custom/WaitingBlocks.ts';
import type { Receiver, ReceiverHost } from '../receiver/Receiver.ts';
import type { SourceReport } from '../Source.ts';
import type { BlockCodec } from './BlockCodec.ts';
import { type FeedListener, SocketFeed, type SocketSettings } from './SocketFeed.ts';

/** About the most that one chunk makes in a log; reading stops while there is no room for it. */
const ROOM_BYTES = 256 * 1024;

/** @internal A socket whose records go into a log, a block for each chunk. */
export class SocketReceiver<T> implements Receiver<T>, FeedListener<T> {
  readonly #settings: SocketSettings<T>;
  readonly #codec: BlockCodec<T>;
  #host!: ReceiverHost;
  #blocks!: WaitingBlocks;
  #feed: SocketFeed<T> | undefined;
  /** Bytes that are on their way into the log. */
  #storing = 0;
  #isWaiting = false;

  constructor(settings: SocketSettings<T>, codec: BlockCodec<T>) {
    this.#settings = settings;
    this.#codec = codec;
  }

  start(host: ReceiverHost): void {
    this.#host = host;
    // All that was read has to be stored: it is bounded by reading no further.
    this.#blocks = new WaitingBlocks(host, Number.POSITIVE_INFINITY);
    this.#feed = new SocketFeed(this.#settings, host.scheduler, this);
    this.#applyBound();
  }

  stop(): Promise<void> | undefined {
    this.#feed?.close();
    this.#feed = undefined;
    return this.#blocks?.pending;
  }

  decode(block: Uint8Array): readonly T[] {
    return this.#codec.decode(block);
  }

  // ---- what the feed tells -----------------------------------------------------------------------------------------

  records(records: readonly T[]): void {
    const parts = this.#codec.encode(records);
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    this.#storing += bytes;
    const done = (): void => {
      this.#storing -= bytes;
      this.#applyBound();
    };
    this.#blocks.store({ parts, records: records.length }).then(done, (error) => {
      done();
      const message = `${records.length} records are not in the log and are lost: ${reasonOf(error)}`;
      this.report('RECORDS_DROPPED', message, { count: records.length, cause: error });
    });
    this.#applyBound();
  }

  ended(error?: unknown): void {
    const { pending } = this.#blocks;
    if (pending === undefined) this.#host.end(error);
    else void pending.then(() => this.#host.end(error));
  }

  report(code: SourceReport['code'], message: string, more?: Omit<SourceReport, 'code' | 'message'>): void {
    this.#host.report(code, message, more);
  }

  /** Stops reading while too much is on its way into the log, or the log is full. */
  #applyBound(): void {
    const isFull = this.#storing >= this.#settings.maxBufferedBytes || this.#blocks.pending !== undefined;
    const hasRoom = this.#host.hasRoom(ROOM_BYTES);
    if (!hasRoom && !this.#isWaiting) this.#waitForRoom();
    this.#feed?.hold(isFull || this.#isWaiting);
  }

  #waitForRoom(): void {
    const goOn = (): void => {
      this.#isWaiting = false;
      this.#feed?.hold(this.#storing >= this.#settings.maxBufferedBytes || this.#blocks.pending !== undefined);
    };
    this.#isWaiting = true;
    // A log that is smaller than that has room for smaller chunks.
    this.#host.room(ROOM_BYTES).then(goOn, goOn);
  }
}
