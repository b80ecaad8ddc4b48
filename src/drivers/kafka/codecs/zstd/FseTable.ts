import { malformed } from '../Decompress.ts';
import { bitsAt } from './BackwardBits.ts';

/** A decoding table of zstd's finite state entropy coder: for each state a symbol, and how the next state is found. */
export interface FseTable {
  /** The table has 2^log states. */
  readonly log: number;
  readonly symbols: Uint8Array;
  /** Bits to read for the next state, and what they are added to. */
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** A table of one state, whose symbol takes no bits. */
export function repeatedSymbol(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) };
}

/** The table that follows from how often each symbol comes; -1: less than once. */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  for (const [symbol, count] of counts.entries()) {
    next[symbol] = Math.abs(count);
    if (count === -1) symbols[--high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  if (at !== 0) malformed('zstd', 'a table does not add up');
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number;
    const count = next[symbol] as number;
    next[symbol] = count + 1;
    const width = log - (31 - Math.clz32(count));
    bits[state] = width;
    bases[state] = (count << width) - size;
  }
  return { log, symbols, bits, bases };
}

/** Reads a table's description, which begins at byte `from`; gives the table and the byte after it. */
export function readFseTable(
  bytes: Uint8Array,
  from: number,
  end: number,
  maxLog: number,
  maxSymbol: number,
): readonly [table: FseTable, end: number] {
  let at = from * 8;
  const limit = end * 8;
  const read = (count: number): number => {
    const value = bitsAt(bytes, at, count);
    at += count;
    if (at > limit) malformed('zstd', 'a table is cut');
    return value;
  };
  const log = read(4) + 5;
  if (log > maxLog) malformed('zstd', `a table of 2^${log} states`);
  const counts: number[] = [];
  let left = 1 << log;
  while (left > 0 && counts.length <= maxSymbol) {
    // Values below the threshold take one bit less than the others.
    const width = 32 - Math.clz32(left + 1);
    const half = (1 << (width - 1)) - 1;
    const threshold = (1 << width) - 2 - left;
    let value = bitsAt(bytes, at, width);
    if ((value & half) < threshold) {
      value &= half;
      at += width - 1;
    } else {
      if (value > half) value -= threshold;
      at += width;
    }
    if (at > limit) malformed('zstd', 'a table is cut');
    const count = value - 1;
    left -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let zeros = 3; zeros === 3; ) {
      zeros = read(2);
      for (let i = 0; i < zeros; i++) counts.push(0);
    }
  }
  if (left !== 0 || counts.length > maxSymbol + 1) malformed('zstd', 'a table does not add up');
  return [fseTable(counts, log), (at + 7) >> 3];
}
