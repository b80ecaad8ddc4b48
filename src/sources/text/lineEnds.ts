const LF = 0x0a;
const CR = 0x0d;

/** Where lines end: what a reader of lines has to know of a format. All ranges are half-open byte ranges. */
export interface LineEnds {
  /** The position after the last line end in the range, or -1. */
  last(bytes: Buffer, from: number, until: number): number;
  /** The position after the first line end in the range, or -1. */
  first(bytes: Buffer, from: number, until: number): number;
  /** How many of the bytes before `until` belong to the line end there, 0 if the range does not end with one. */
  width(bytes: Buffer, from: number, until: number): number;
  /** The lines of a text that was decoded whole; a last line may lack its end. */
  split(text: string): string[];
  /** A `\r` and the `\n` right after it are one line end, so a `\r` that ends a chunk may go on in the next one. */
  readonly pairs: boolean;
}

/** `\n`; a `\r` right before it is trimmed. */
export const NEWLINE: LineEnds = {
  last: (bytes, from, until) => lastByte(bytes, LF, from, until),
  first: (bytes, from, until) => firstByte(bytes, LF, from, until),
  width(bytes, from, until) {
    if (until <= from || bytes[until - 1] !== LF) return 0;
    return until - 1 > from && bytes[until - 2] === CR ? 2 : 1;
  },
  split(text) {
    const lines = text.split('\n');
    if (text.includes('\r')) {
      for (let i = 0; i < lines.length - 1; i++) {
        const line = lines[i] as string;
        if (line.endsWith('\r')) lines[i] = line.slice(0, -1);
      }
    }
    return withoutEmptyTail(lines);
  },
  pairs: false,
};

/** `\n`, `\r\n` or `\r`: the rule of Spark's socket source, which is Java's. */
export const ANY_NEWLINE: LineEnds = {
  last: (bytes, from, until) => Math.max(lastByte(bytes, LF, from, until), lastByte(bytes, CR, from, until)),
  first(bytes, from, until) {
    const lf = firstByte(bytes, LF, from, until);
    const cr = firstByte(bytes, CR, from, lf < 0 ? until : lf);
    if (cr < 0) return lf;
    return cr < until && bytes[cr] === LF ? cr + 1 : cr;
  },
  width(bytes, from, until) {
    if (until <= from) return 0;
    if (bytes[until - 1] === CR) return 1;
    return NEWLINE.width(bytes, from, until);
  },
  split: (text) => withoutEmptyTail(text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n')),
  pairs: true,
};

/** One ASCII character of the user's choice, and nothing else. */
export function endingWith(character: string): LineEnds {
  const code = character.charCodeAt(0);
  return {
    last: (bytes, from, until) => lastByte(bytes, code, from, until),
    first: (bytes, from, until) => firstByte(bytes, code, from, until),
    width: (bytes, from, until) => (until > from && bytes[until - 1] === code ? 1 : 0),
    split: (text) => withoutEmptyTail(text.split(character)),
    pairs: false,
  };
}

/** Views, so that a search never leaves its range. */
function lastByte(bytes: Buffer, code: number, from: number, until: number): number {
  const at = bytes.subarray(from, until).lastIndexOf(code);
  return at < 0 ? -1 : from + at + 1;
}

function firstByte(bytes: Buffer, code: number, from: number, until: number): number {
  const at = bytes.subarray(from, until).indexOf(code);
  return at < 0 ? -1 : from + at + 1;
}

function withoutEmptyTail(lines: string[]): string[] {
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}
