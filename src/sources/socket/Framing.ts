/** What a piece of a byte stream held. */
export interface Framed<T> {
  readonly records: readonly T[];
  /** Records whose bytes break a rule and were passed on in another form. */
  readonly invalid?: number;
  /** Records that were left out or cut short because they are longer than allowed. */
  readonly long?: number;
  /** Bytes that were left out. */
  readonly cutAway?: number;
  /** The stream cannot be read any further, and why. The records come before. */
  readonly broken?: string;
}

/** Turns the bytes of one connection into records: a pure state machine, one for each connection. */
export interface Framing<T> {
  /** The next bytes; they are the framing's from now on. */
  push(chunk: Buffer): Framed<T>;
  /** The peer has ended the stream: what is left is a record, or bytes of half a record. */
  end(): Framed<T>;
  /** Bytes that wait for the rest of their record. */
  readonly held: number;
}
