import { AvroReader } from '../avro/AvroReader.ts';

/** Headers of an event. A `Map`, as a header may have any name, `__proto__` too. */
export type FlumeHeaders = ReadonlyMap<string, string>;

/**
 * One event of a Flume agent. Headers and body are read when they are asked for, out of the block in which the event came: an event
 * that is kept for long keeps the whole block in memory, so keep `detached()` instead.
 */
export class FlumeEvent {
  static {
    // What console.log shows.
    const value = function (this: FlumeEvent): unknown {
      return this.toJSON();
    };
    Object.defineProperty(FlumeEvent.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  private readonly block: Buffer;
  /** Where the headers begin, the body begins, and ends. */
  private readonly at: number;
  private readonly bodyAt: number;
  private readonly end: number;

  /** For decoders; positions are those in the bytes of `block`. */
  constructor(block: Buffer, at: number, bodyAt: number, end: number) {
    this.block = block;
    this.at = at;
    this.bodyAt = bodyAt;
    this.end = end;
  }

  /** The headers; read anew each time. */
  get headers(): FlumeHeaders {
    const headers = new Map<string, string>();
    const reader = new AvroReader(this.block, this.at);
    for (let left = reader.block(2); left > 0; left = reader.block(2)) {
      for (; left > 0; left--) headers.set(reader.text(), reader.text());
    }
    return headers;
  }

  /** The bytes of the event; a new view each time. */
  get body(): Buffer {
    return this.block.subarray(this.bodyAt, this.end);
  }

  /** The body as UTF-8 text, as Flume's own tools write it. Faster than `body.toString()`. */
  get bodyText(): string {
    return this.block.toString('utf8', this.bodyAt, this.end);
  }

  /** The same event with bytes of its own, which keeps nothing else in memory. */
  detached(): FlumeEvent {
    const own = Buffer.allocUnsafeSlow(this.end - this.at);
    this.block.copy(own, 0, this.at, this.end);
    return new FlumeEvent(own, 0, this.bodyAt - this.at, own.length);
  }

  /** What is shown of an event. */
  toJSON(): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
    return { headers: Object.fromEntries(this.headers), body: this.bodyText };
  }
}
