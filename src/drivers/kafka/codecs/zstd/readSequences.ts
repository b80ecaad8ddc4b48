import { malformed } from '../Decompress.ts';
import type { GrowingOutput } from '../GrowingOutput.ts';
import { BackwardBits, bitsAt } from './BackwardBits.ts';
import { type FseTable, readFseTable, repeatedSymbol } from './FseTable.ts';
import { type Literals, MAX_BLOCK } from './readLiterals.ts';
import { LITERAL_LENGTH, MATCH_LENGTH, OFFSET, type SequenceCode } from './sequenceCodes.ts';

/** What the sequences of a frame's blocks hand on from one block to the next. */
export interface SequenceState {
  literalLengths: FseTable | undefined;
  offsets: FseTable | undefined;
  matchLengths: FseTable | undefined;
  /** The last three offsets, the latest first. */
  readonly recent: Int32Array;
}

/** No offset is beyond 2^31: no output is that long. */
const MAX_OFFSET_CODE = 30;

// How a block says where a table comes from.
const PREDEFINED = 0;
const REPEATED_SYMBOL = 1;
const DESCRIBED = 2;

/**
 * Runs the sequences that lie from `from` to `end`: each appends some of the literals and repeats some of the output,
 * which began at `begin`. What is left of the literals comes last.
 */
export function readSequences(
  bytes: Uint8Array,
  from: number,
  end: number,
  literals: Literals,
  state: SequenceState,
  output: GrowingOutput,
  begin: number,
): void {
  const [count, modesAt] = readCount(bytes, from, end);
  if (count === 0) {
    if (modesAt !== end) malformed('zstd', 'a block has bytes after its end');
    output.room(literals.length);
    output.append(literals.bytes, literals.from, literals.length);
    return;
  }
  if (modesAt >= end) malformed('zstd', 'a block is cut');
  const modes = bytes[modesAt] as number;
  if ((modes & 3) !== 0) malformed('zstd', 'a block of a kind to come');
  let at = modesAt + 1;
  const table = (mode: number, code: SequenceCode, before: FseTable | undefined): FseTable => {
    if (mode === PREDEFINED) return code.predefined;
    if (mode === DESCRIBED) {
      const [described, next] = readFseTable(bytes, at, end, code.maxLog, code.maxSymbol);
      at = next;
      return described;
    }
    if (mode !== REPEATED_SYMBOL) return before ?? malformed('zstd', 'no table to use again');
    const symbol = at < end ? (bytes[at++] as number) : code.maxSymbol + 1;
    return symbol <= code.maxSymbol ? repeatedSymbol(symbol) : malformed('zstd', 'an unknown code');
  };
  state.literalLengths = table(modes >> 6, LITERAL_LENGTH, state.literalLengths);
  state.offsets = table((modes >> 4) & 3, OFFSET, state.offsets);
  state.matchLengths = table((modes >> 2) & 3, MATCH_LENGTH, state.matchLengths);
  runSequences(new BackwardBits(bytes, at, end), count, literals, state, output, begin);
}

function readCount(bytes: Uint8Array, from: number, end: number): readonly [count: number, end: number] {
  const head = from < end ? (bytes[from] as number) : 255;
  const size = head < 128 ? 1 : head < 255 ? 2 : 3;
  if (from + size > end) malformed('zstd', 'a block is cut');
  if (size === 1) return [head, from + 1];
  const second = bytes[from + 1] as number;
  if (size === 2) return [((head - 128) << 8) + second, from + 2];
  return [second + ((bytes[from + 2] as number) << 8) + 0x7f00, from + 3];
}

function runSequences(
  stream: BackwardBits,
  count: number,
  literals: Literals,
  state: SequenceState,
  output: GrowingOutput,
  begin: number,
): void {
  const { literalLengths, offsets, matchLengths, recent } = state;
  if (!literalLengths || !offsets || !matchLengths) return malformed('zstd', 'no tables');
  const { bytes, first } = stream;
  const blockEnd = output.end + MAX_BLOCK;
  const literalsEnd = literals.from + literals.length;
  let literalsAt = literals.from;
  let literalState = stream.read(literalLengths.log);
  let offsetState = stream.read(offsets.log);
  let matchState = stream.read(matchLengths.log);
  // From here on the bits are read in place. Beyond the beginning of the stream there is garbage, noticed below.
  let { at } = stream;
  for (let left = count; left > 0; left--) {
    const offsetCode = offsets.symbols[offsetState] as number;
    at -= offsetCode;
    const offsetValue =
      (1 << offsetCode) + (offsetCode > 24 ? longBits(bytes, at, offsetCode) : bitsAt(bytes, at, offsetCode));
    const matchCode = matchLengths.symbols[matchState] as number;
    const matchExtra = MATCH_LENGTH.extra[matchCode] as number;
    at -= matchExtra;
    const length = (MATCH_LENGTH.bases[matchCode] as number) + bitsAt(bytes, at, matchExtra);
    const literalCode = literalLengths.symbols[literalState] as number;
    const literalExtra = LITERAL_LENGTH.extra[literalCode] as number;
    at -= literalExtra;
    const own = (LITERAL_LENGTH.bases[literalCode] as number) + bitsAt(bytes, at, literalExtra);
    if (left > 1) {
      const literalBits = literalLengths.bits[literalState] as number;
      at -= literalBits;
      literalState = (literalLengths.bases[literalState] as number) + bitsAt(bytes, at, literalBits);
      const matchBits = matchLengths.bits[matchState] as number;
      at -= matchBits;
      matchState = (matchLengths.bases[matchState] as number) + bitsAt(bytes, at, matchBits);
      const offsetBitCount = offsets.bits[offsetState] as number;
      at -= offsetBitCount;
      offsetState = (offsets.bases[offsetState] as number) + bitsAt(bytes, at, offsetBitCount);
    }
    if (at < first || offsetCode > MAX_OFFSET_CODE) malformed('zstd', 'sequences are cut');
    if (literalsAt + own > literalsEnd) malformed('zstd', 'more literals used than there are');
    if (output.end + own + length > blockEnd) malformed('zstd', 'a block gives more than a block may');
    output.room(own + length);
    output.append(literals.bytes, literalsAt, own);
    literalsAt += own;
    const back = offsetOf(offsetValue, own, recent);
    if (back <= 0 || back > output.end - begin) malformed('zstd', 'a repetition from before the frame');
    output.repeat(back, length);
  }
  if (at !== first) malformed('zstd', 'sequences have bits left');
  const rest = literalsEnd - literalsAt;
  if (output.end + rest > blockEnd) malformed('zstd', 'a block gives more than a block may');
  output.room(rest);
  output.append(literals.bytes, literalsAt, rest);
}

/** More than the 24 bits that `bitsAt` gives at once. */
function longBits(bytes: Uint8Array, at: number, count: number): number {
  return (bitsAt(bytes, at + 16, count - 16) << 16) | bitsAt(bytes, at, 16);
}

/** The offset a value stands for: 1 to 3 are recent ones. It becomes the latest. */
function offsetOf(value: number, literals: number, recent: Int32Array): number {
  const latest = recent[0] as number;
  const which = value > 3 ? 0 : literals === 0 ? value + 1 : value;
  if (which === 1) return latest;
  const back = which === 0 ? value - 3 : which === 4 ? latest - 1 : (recent[which - 1] as number);
  if (which !== 2) recent[2] = recent[1] as number;
  recent[1] = latest;
  recent[0] = back;
  return back;
}
