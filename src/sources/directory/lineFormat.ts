import { StreamError } from '../../core/errors.ts';
import type { Decoding } from '../text/decoding.ts';
import { ANY_NEWLINE } from '../text/lineEnds.ts';
import { type LineRules, visitLines } from '../text/visitLines.ts';
import type { FileFormat, PiecePlace } from './FileFormat.ts';
import { LineEndScan } from './LineEndScan.ts';

/** How text is read. */
export interface LineReading {
  /** The source, for messages. */
  readonly source: string;
  readonly decoding: Decoding;
  readonly skipsByteOrderMark: boolean;
  readonly maxLineBytes: number;
  readonly onLongLine: 'fail' | 'skip' | 'truncate';
  readonly onInvalid: 'replace' | 'fail';
}

/** Lines that end with `\n`, `\r\n` or `\r`, as Hadoop's text format, which Spark reads with, has them; the last one may lack its end. */
export function lineFormat(reading: LineReading): FileFormat<string> {
  const { source, decoding, maxLineBytes, onLongLine, onInvalid } = reading;
  const rules: LineRules = {
    ends: ANY_NEWLINE,
    decoding,
    maxLineBytes,
    longLine: onLongLine === 'truncate' ? 'truncate' : 'skip',
  };
  const start = (bytes: Buffer, { from }: PiecePlace): number =>
    reading.skipsByteOrderMark && from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const tooLong = (path: string, at: number): StreamError =>
    new StreamError(
      'DATA_CORRUPT',
      `${source}: expected lines of at most ${maxLineBytes} bytes, got a longer one at byte ${at} of ${path}. ` +
        "Raise maxLineBytes, or say onLongLine: 'skip' or 'truncate'.",
      { details: { path, at } },
    );
  return {
    keepsEmpty: false,
    endsByLook: true,

    measure: (rest, budget, maxRecords) =>
      maxRecords === Number.POSITIVE_INFINITY && rest <= budget ? { bytes: rest, records: undefined } : undefined,

    scan: (maxRecords) => new LineEndScan(maxRecords, onLongLine === 'skip' ? maxLineBytes : Number.POSITIVE_INFINITY),

    async oversized(read, { path, from }) {
      if (onLongLine === 'fail') throw tooLong(path, from);
      // One byte more than allowed: it is told from a line that is just as long.
      const load = maxLineBytes + 1;
      for (let at = 0; ; ) {
        const chunk = await read(at);
        if (chunk.length === 0) return { load: Math.min(load, at), bytes: at };
        const end = ANY_NEWLINE.first(chunk, 0, chunk.length);
        at += end < 0 ? chunk.length : end;
        if (end < 0) continue;
        const isCrAtTheEnd = end === chunk.length && chunk[end - 1] === 0x0d;
        if (isCrAtTheEnd && (await read(at))[0] === 0x0a) at++;
        return { load: Math.min(load, at), bytes: at };
      }
    },

    wholeUntil: (bytes) => Math.max(0, ANY_NEWLINE.last(bytes, 0, bytes.length)),

    flaw: () => undefined,

    check(bytes, place) {
      const { path, from } = place;
      const long = onLongLine === 'fail' ? startOfLongLine(bytes, start(bytes, place), maxLineBytes) : undefined;
      if (long !== undefined) throw tooLong(path, from + long);
      if (onInvalid === 'fail' && !decoding.isValid(bytes, start(bytes, place), bytes.length)) {
        throw new StreamError(
          'RECORD_UNDECODABLE',
          `${source}: bytes ${from} to ${from + bytes.length} of ${path} hold a line that is not valid text. ` +
            "Name the right encoding, or say onInvalid: 'replace'.",
          { details: { path, from, until: from + bytes.length } },
        );
      }
    },

    visit(bytes, place, visit, tell) {
      const { invalid, long } = visitLines(bytes, start(bytes, place), bytes.length, rules, visit);
      const { path, from } = place;
      const where = `bytes ${from} to ${from + bytes.length} of ${path}`;
      if (long > 0) {
        const what = onLongLine === 'truncate' ? 'cut short' : 'left out';
        const message = `${source}: ${long} lines of more than ${maxLineBytes} bytes in ${where} were ${what}.`;
        tell({ code: 'RECORDS_DROPPED', message, count: long });
      }
      if (invalid > 0) {
        const message = `${source}: ${where} hold ${invalid} lines that are not valid text; U+FFFD stands for what could not be read.`;
        tell({ code: 'RECORD_UNDECODABLE', message, count: invalid });
      }
    },
  };
}

/** Where a line of more than `longest` bytes begins. A jump from line end to line end, so that most lines are not looked at. */
function startOfLongLine(bytes: Buffer, from: number, longest: number): number | undefined {
  for (let at = from; bytes.length - at > longest; ) {
    const end = ANY_NEWLINE.last(bytes, at, Math.min(bytes.length, at + longest + 1));
    if (end >= 0) at = end;
    else {
      // No line end within the limit; its own end may be two bytes long.
      const next = ANY_NEWLINE.first(bytes, at, bytes.length);
      const after = next < 0 ? bytes.length : next;
      if (after - ANY_NEWLINE.width(bytes, at, after) - at > longest) return at;
      at = after;
    }
  }
  return undefined;
}
