import { malformed } from '../avro/malformed.ts';

/** One message as Avro's Netty transports frame it. */
export interface Pack {
  /** Ties a reply to its request: any 32-bit number, the sender's choice. */
  readonly serial: number;
  /** Its buffers in one piece: where one ended and the next began means nothing. */
  readonly payload: Buffer;
}

/** What a peer may ask of our memory with one message. */
export interface PackLimits {
  /** The bytes of a message, at most. */
  readonly maxMessageBytes: number;
  /** The buffers of a message, at most. */
  readonly maxBuffers: number;
}

/** A number of the framing: 32 bits, big-endian. */
const WORD = 4;
const NOTHING: Buffer = Buffer.alloc(0);
/** What is kept at most of the memory of one message for the next one. */
const MAX_SPARE_BYTES = 1024 * 1024;

/**
 * Messages from chunks: `serial`, the number of buffers, then for each its length and its bytes. The result does not depend on where
 * the chunks end. Every number is checked as soon as it is there, and memory is taken only for bytes that have come (twice as much
 * while a message grows), so that what a peer declares costs nothing.
 */
export class PackParser {
  readonly #limits: PackLimits;
  readonly #chunks: Buffer[] = [];
  /** How much of the first chunk is used up. */
  #at = 0;
  /** A number that began in one chunk and ends in a later one. */
  readonly #word: Buffer = Buffer.alloc(WORD);
  #wordLength = 0;
  /** The fields of the message that is being read; -1: not there yet. */
  #serial: number | undefined;
  #buffersLeft = -1;
  #bytesLeft = -1;
  #payload: Buffer = NOTHING;
  #length = 0;
  #spare: Buffer = NOTHING;

  constructor(limits: PackLimits) {
    this.#limits = limits;
  }

  /** The memory that this parser holds, in bytes. */
  get held(): number {
    let bytes = this.#payload.length + this.#spare.length;
    for (const chunk of this.#chunks) bytes += chunk.length;
    return bytes;
  }

  /** Whether it is in the middle of a message. */
  get isInside(): boolean {
    return this.#serial !== undefined || this.#wordLength > 0 || this.#chunks.length > 0;
  }

  /** Adds bytes; they are the parser's from now on. */
  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** The next message if all of it has come. Throws `DATA_CORRUPT` for bytes that are no message; nothing can be read after that. */
  next(): Pack | undefined {
    if (this.#serial === undefined) {
      const serial = this.#nextWord();
      if (serial === undefined) return undefined;
      this.#serial = serial;
    }
    if (this.#buffersLeft < 0 && !this.#beginMessage()) return undefined;
    while (this.#buffersLeft > 0) {
      if (this.#bytesLeft < 0 && !this.#beginBuffer()) return undefined;
      if (!this.#takeBytes()) return undefined;
      this.#bytesLeft = -1;
      this.#buffersLeft--;
    }
    return this.#complete(this.#serial);
  }

  /** Gives the memory of a message back, which nobody looks at any more, for the next one. */
  reuse({ payload }: Pack): void {
    const { byteLength } = payload.buffer;
    if (byteLength <= MAX_SPARE_BYTES && byteLength > this.#spare.length) this.#spare = Buffer.from(payload.buffer);
  }

  /** Keeps no memory for the next message. */
  forget(): void {
    this.#spare = NOTHING;
  }

  #beginMessage(): boolean {
    const buffers = this.#nextWord();
    if (buffers === undefined) return false;
    const { maxBuffers } = this.#limits;
    if (buffers < 1 || buffers > maxBuffers) throw noMessage(this.#serial ?? 0, buffers, maxBuffers);
    this.#buffersLeft = buffers;
    this.#payload = this.#spare;
    this.#spare = NOTHING;
    return true;
  }

  #beginBuffer(): boolean {
    const length = this.#nextWord();
    if (length === undefined) return false;
    const room = this.#limits.maxMessageBytes - this.#length;
    if (length < 0 || length > room) {
      throw malformed(
        `a message of at most ${this.#limits.maxMessageBytes} bytes (maxMessageBytes)`,
        `a buffer of ${length} after ${this.#length}`,
      );
    }
    this.#bytesLeft = length;
    return true;
  }

  /** Copies what has come of the buffer; answers whether that was all of it. */
  #takeBytes(): boolean {
    while (this.#bytesLeft > 0) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return false;
      const end = Math.min(chunk.length, this.#at + this.#bytesLeft);
      this.#grow(this.#length + end - this.#at);
      chunk.copy(this.#payload, this.#length, this.#at, end);
      this.#length += end - this.#at;
      this.#bytesLeft -= end - this.#at;
      this.#use(chunk, end);
    }
    return true;
  }

  #grow(needed: number): void {
    if (needed <= this.#payload.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#payload.length));
    this.#payload.copy(grown, 0, 0, this.#length);
    this.#payload = grown;
  }

  #complete(serial: number): Pack {
    const payload = this.#payload.subarray(0, this.#length);
    this.#serial = undefined;
    this.#buffersLeft = -1;
    this.#payload = NOTHING;
    this.#length = 0;
    return { serial, payload };
  }

  /** The next number, or `undefined` if not all of it has come. */
  #nextWord(): number | undefined {
    const first = this.#chunks[0];
    if (first === undefined) return undefined;
    if (this.#wordLength === 0 && first.length - this.#at >= WORD) {
      const word = first.readInt32BE(this.#at);
      this.#use(first, this.#at + WORD);
      return word;
    }
    while (this.#wordLength < WORD) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return undefined;
      const end = Math.min(chunk.length, this.#at + WORD - this.#wordLength);
      this.#wordLength += chunk.copy(this.#word, this.#wordLength, this.#at, end);
      this.#use(chunk, end);
    }
    this.#wordLength = 0;
    return this.#word.readInt32BE(0);
  }

  #use(chunk: Buffer, until: number): void {
    this.#at = until;
    if (until < chunk.length) return;
    this.#chunks.shift();
    this.#at = 0;
  }
}

/** Whoever speaks another protocol is seen by the second number. */
function noMessage(serial: number, buffers: number, maxBuffers: number): Error {
  const head = Buffer.alloc(2 * WORD);
  head.writeInt32BE(serial);
  head.writeInt32BE(buffers, WORD);
  const text = head.toString('latin1');
  const seen = /^[\x20-\x7e\r\n\t]+$/.test(text) ? `; they begin with ${JSON.stringify(text)}, perhaps HTTP` : '';
  return malformed(`a message of 1 to ${maxBuffers} buffers`, `${buffers}: these bytes are no Avro message${seen}`);
}
