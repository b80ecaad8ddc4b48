import type { Decoding } from './decoding.ts';
import type { LineEnds } from './lineEnds.ts';

/** Bytes decoded in one call: one native decode and one split for each window is what makes reading lines fast. */
const WINDOW_BYTES = 64 * 1024;

/** What may be done with a line that is longer than allowed; `stop` ends the visit before it. */
export type LongLine = 'skip' | 'truncate' | 'stop';

/** How bytes become lines. */
export interface LineRules {
  readonly ends: LineEnds;
  readonly decoding: Decoding;
  /** The most bytes a line may have, its end not counted. */
  readonly maxLineBytes: number;
  readonly longLine: LongLine;
}

/** What was met on the way through a range of bytes. */
export interface LineFindings {
  /** Lines with bytes that their character set cannot express. */
  invalid: number;
  /** Lines longer than allowed. */
  long: number;
  /** The bytes of those lines that were left out; after `stop` all that follow. */
  cutAway: number;
}

/** Nothing found yet. */
export function noFindings(): LineFindings {
  return { invalid: 0, long: 0, cutAway: 0 };
}

/**
 * Visits the lines of `bytes` from `from` to `until`, a range that begins where a line begins; its last line may lack
 * its end. The result depends on the bytes alone, not on how they were read. `visit` answers `false` to stop early.
 */
export function visitLines(
  bytes: Buffer,
  from: number,
  until: number,
  rules: LineRules,
  visit: (line: string) => unknown,
): LineFindings {
  const { ends, decoding, maxLineBytes } = rules;
  const found = noFindings();
  // A window that holds whole lines only and is no longer than the limit cannot hold a line that is too long.
  const window = Math.min(WINDOW_BYTES, maxLineBytes + 1);
  let at = from;
  while (at < until) {
    let end = ends.last(bytes, at, Math.min(at + window, until));
    if (end < 0) {
      end = oneLine(at);
      if (end < 0) return found;
      continue;
    }
    if (end < until && ends.width(bytes, at, end + 1) === 2) end++;
    if (!decoding.isValid(bytes, at, end)) found.invalid += invalidLines(bytes, at, end, rules);
    for (const line of ends.split(decoding.decode(bytes, at, end))) if (visit(line) === false) return found;
    at = end;
  }
  return found;

  /** Takes the line at `start`, which is longer than a window or lacks its end. */
  function oneLine(start: number): number {
    const next = ends.first(bytes, start, until);
    const after = next < 0 ? until : next;
    const lineEnd = after - ends.width(bytes, start, after);
    const kept = keptBytes(bytes, start, lineEnd, rules);
    at = after;
    if (kept < lineEnd) {
      found.long++;
      found.cutAway += (rules.longLine === 'stop' ? until : lineEnd) - kept;
      if (rules.longLine === 'stop') return -1;
      if (rules.longLine === 'skip') return after;
    }
    if (!decoding.isValid(bytes, start, kept)) found.invalid++;
    return visit(decoding.decode(bytes, start, kept)) === false ? -1 : after;
  }
}

/** Where a line ends that is no longer than allowed; a longer one is cut between two characters. */
function keptBytes(bytes: Buffer, start: number, lineEnd: number, rules: LineRules): number {
  if (lineEnd - start <= rules.maxLineBytes) return lineEnd;
  if (rules.longLine !== 'truncate') return start;
  return rules.decoding.wholeCharacters(bytes, start, start + rules.maxLineBytes);
}

function invalidLines(bytes: Buffer, from: number, until: number, { ends, decoding }: LineRules): number {
  let count = 0;
  for (let at = from; at < until; ) {
    const next = ends.first(bytes, at, until);
    const end = next < 0 ? until : next;
    if (!decoding.isValid(bytes, at, end)) count++;
    at = end;
  }
  return count;
}
