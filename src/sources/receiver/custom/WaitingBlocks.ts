import { StreamError } from '../../../core/errors.ts';
import type { NewBlock } from '../BlockLog.ts';
import type { ReceiverHost } from '../Receiver.ts';

interface Waiting {
  readonly block: NewBlock;
  readonly bytes: number;
  readonly resolve: (stored: Promise<void>) => void;
}

/** Stores blocks in the order in which they come; those for which a full log has no room wait, so many bytes of them at most. */
export class WaitingBlocks {
  readonly #host: ReceiverHost;
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #pumping: Promise<void> | undefined;

  constructor(host: ReceiverHost, maxBytes: number) {
    this.#host = host;
    this.#maxBytes = maxBytes;
  }

  /** What is still waiting; `undefined`: nothing is. */
  get pending(): Promise<void> | undefined {
    return this.#pumping;
  }

  store(block: NewBlock): Promise<void> {
    const bytes = block.parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (this.#waiting.length === 0 && this.#host.hasRoom(bytes)) return this.#host.store(block);
    // One block may always wait, however big.
    if (this.#waiting.length > 0 && this.#bytes + bytes > this.#maxBytes)
      return Promise.reject(this.#full(block, bytes));
    this.#bytes += bytes;
    const stored = new Promise<void>((resolve) => this.#waiting.push({ block, bytes, resolve }));
    this.#pumping ??= this.#pump();
    return stored;
  }

  async #pump(): Promise<void> {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { block, bytes, resolve } = first;
      const room = await this.#host.room(bytes, 'until the end').then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      resolve(room === undefined ? this.#host.store(block) : Promise.reject(room.error));
      this.#waiting.shift();
      this.#bytes -= bytes;
    }
    this.#pumping = undefined;
  }

  #full({ records }: NewBlock, bytes: number): StreamError {
    this.#host.report('BLOCK_REFUSED', `a block of ${records} records was refused: too many wait for room in the log.`);
    const message = `The log is full, and ${this.#bytes} of ${this.#maxBytes} bytes wait for room: wait for what store() answers.`;
    return new StreamError('BUFFER_FULL', message, { retriable: true, details: { bytes } });
  }
}
