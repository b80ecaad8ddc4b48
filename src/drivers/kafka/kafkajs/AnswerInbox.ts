/** Bytes that hold the size of an answer, and those that hold it and the number of its request. */
const SIZE_BYTES = 4;
const HEAD_BYTES = 8;
/** What is read without knowing how much belongs to one answer. */
const SCRATCH_BYTES = 64 * 1024;
/** What is given to one answer before its bytes have come: a size that cannot be costs no more memory than this. */
const FIRST_BYTES = 16 * 1024 * 1024;

/** Takes an answer without its size: the number of its request, and its payload. */
export type TakeAnswer = (correlationId: number, payload: Buffer) => void;

/**
 * Puts together the answers of one connection. Bytes are read straight into the memory that their answer stays in, as far as it
 * is known which answer they belong to; only the beginning of one is copied.
 */
export class AnswerInbox {
  readonly #take: TakeAnswer;
  readonly #scratch: Buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** Bytes of `#scratch` that belong to an answer whose size has not come whole. */
  #held = 0;
  /** The answer that is being read, without its size; `undefined` between two. */
  #answer: Buffer | undefined;
  #size = 0;
  #filled = 0;

  constructor(take: TakeAnswer) {
    this.#take = take;
  }

  /** Where the next bytes are to be read to. */
  space(): Buffer {
    if (this.#answer === undefined) return this.#scratch.subarray(this.#held);
    return this.#answer.subarray(this.#filled);
  }

  /** So many bytes have been read there. Throws at what is no answer of Kafka's. */
  read(count: number): void {
    if (this.#answer === undefined) this.#split(this.#held + count);
    else this.#fill(count);
  }

  /** Hands out what is whole in `#scratch`, and makes room for what is not. */
  #split(end: number): void {
    let at = 0;
    while (end - at >= SIZE_BYTES) {
      const size = this.#scratch.readInt32BE(at);
      if (size < HEAD_BYTES - SIZE_BYTES) throw new Error(`an answer of ${size} bytes: it is no Kafka broker`);
      const from = at + SIZE_BYTES;
      const until = Math.min(from + size, end);
      this.#answer = Buffer.allocUnsafeSlow(Math.min(size, FIRST_BYTES));
      this.#size = size;
      this.#filled = 0;
      this.#scratch.copy(this.#answer, 0, from, until);
      this.#fill(until - from);
      at = until;
    }
    this.#scratch.copyWithin(0, at, end);
    this.#held = end - at;
  }

  #fill(count: number): void {
    const answer = this.#answer as Buffer;
    this.#filled += count;
    if (this.#filled === this.#size) {
      this.#answer = undefined;
      this.#take(answer.readInt32BE(0), answer.subarray(SIZE_BYTES));
    } else if (this.#filled === answer.length) {
      this.#answer = Buffer.allocUnsafeSlow(Math.min(this.#size, answer.length * 2));
      answer.copy(this.#answer);
    }
  }
}
