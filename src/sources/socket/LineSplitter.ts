import { HeldBytes } from '../text/HeldBytes.ts';
import { type LineFindings, type LineRules, noFindings, visitLines } from '../text/visitLines.ts';
import type { Framed, Framing } from './Framing.ts';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Lines from chunks: one decode and one split for what a chunk completes. The result does not depend on where the chunks
 * end. With `longLine: 'stop'` a line that is too long breaks the stream.
 */
export class LineSplitter implements Framing<string> {
  readonly #rules: LineRules;
  readonly #start = new HeldBytes();
  #found: LineFindings = noFindings();
  #lines: string[] = [];
  /** Bytes of a line that is too long which were let go of already. */
  #dropped = 0;
  /** The last chunk ended with `\r`: a `\n` that comes next belongs to it. */
  #afterCr = false;
  #isBroken = false;

  constructor(rules: LineRules) {
    this.#rules = rules;
  }

  get held(): number {
    return this.#start.length;
  }

  push(chunk: Buffer): Framed<string> {
    if (this.#isBroken || chunk.length === 0) return { records: [] };
    const { ends, maxLineBytes, longLine } = this.#rules;
    const from = this.#afterCr && chunk[0] === LF ? 1 : 0;
    const end = ends.last(chunk, from, chunk.length);
    this.#afterCr = ends.pairs && end === chunk.length && chunk[end - 1] === CR;
    if (end < 0) {
      this.#hold(chunk, from, chunk.length);
    } else {
      this.#visit(chunk, this.#start.length > 0 ? this.#completeLine(chunk, from, end) : from, end);
      this.#hold(chunk, end, chunk.length);
    }
    if (longLine === 'stop' && !this.#isBroken && this.#start.length > maxLineBytes + 1) this.#finishLine();
    return this.#framed();
  }

  end(): Framed<string> {
    if (!this.#isBroken && this.#start.length > 0) this.#finishLine();
    return this.#framed();
  }

  /** Adds the first line end of the chunk to the line that was begun before; answers where the rest begins. */
  #completeLine(chunk: Buffer, from: number, end: number): number {
    const first = this.#rules.ends.first(chunk, from, end);
    this.#hold(chunk, from, first);
    this.#finishLine();
    return first;
  }

  #finishLine(): void {
    const bytes = this.#start.take();
    this.#visit(bytes, 0, bytes.length);
    this.#found.cutAway += this.#dropped;
    this.#dropped = 0;
  }

  #visit(bytes: Buffer, from: number, until: number): void {
    if (this.#isBroken || from >= until) return;
    const { invalid, long, cutAway } = visitLines(bytes, from, until, this.#rules, (line) => this.#lines.push(line));
    this.#found.invalid += invalid;
    this.#found.long += long;
    this.#found.cutAway += cutAway;
    this.#isBroken = long > 0 && this.#rules.longLine === 'stop';
  }

  /** Keeps the start of a line, but never more than is needed to know that it is too long. */
  #hold(chunk: Buffer, from: number, until: number): void {
    const { ends, maxLineBytes } = this.#rules;
    if (this.#isBroken) this.#found.cutAway += until - from;
    if (this.#isBroken || from >= until) return;
    const width = ends.width(chunk, from, until);
    const kept = Math.min(until - width - from, Math.max(0, maxLineBytes + 2 - this.#start.length));
    this.#start.add(chunk, from, from + kept);
    this.#dropped += until - width - from - kept;
    this.#start.add(chunk, until - width, until);
  }

  #framed(): Framed<string> {
    const framed = { records: this.#lines, ...this.#found };
    this.#lines = [];
    this.#found = noFindings();
    const { maxLineBytes, longLine } = this.#rules;
    if (longLine !== 'stop' || framed.long === 0) return framed;
    return {
      ...framed,
      broken: `expected lines of at most ${maxLineBytes} bytes, got a longer one (raise maxLineBytes, or say onLongLine)`,
    };
  }
}
