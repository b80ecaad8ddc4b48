import { malformed } from '../Decompress.ts';
import { BackwardBits } from './BackwardBits.ts';
import { type FseTable, readFseTable } from './FseTable.ts';

/** A Huffman code: for the next `log` bits the symbol they begin with, and how many of them it takes. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_LOG = 11;
const MAX_WEIGHTS = 255;

/** Reads a code's description, which begins at byte `from`; gives the code and the byte after it. */
export function readHuffmanTable(
  bytes: Uint8Array,
  from: number,
  end: number,
): readonly [table: HuffmanTable, end: number] {
  if (from >= end) malformed('zstd', 'a Huffman table is cut');
  const head = bytes[from] as number;
  const direct = head >= 128;
  const stop = from + 1 + (direct ? (head - 126) >> 1 : head);
  if (stop > end) malformed('zstd', 'a Huffman table is cut');
  const weights = direct
    ? Array.from({ length: head - 127 }, (_, i) => ((bytes[from + 1 + (i >> 1)] as number) >> (i & 1 ? 0 : 4)) & 15)
    : compressedWeights(bytes, from + 1, stop);
  return [huffmanTable(weights), stop];
}

/** Weights coded by two states in turn, until the bits are used up. */
function compressedWeights(bytes: Uint8Array, from: number, end: number): number[] {
  const [table, bitsFrom] = readFseTable(bytes, from, end, 6, 255);
  const bits = new BackwardBits(bytes, bitsFrom, end);
  const weights: number[] = [];
  let state = bits.read(table.log);
  let other = bits.read(table.log);
  if (bits.at < bits.first) malformed('zstd', 'a Huffman table is cut');
  while (weights.length < MAX_WEIGHTS) {
    weights.push(table.symbols[state] as number);
    const next = nextState(table, state, bits);
    if (bits.at < bits.first) {
      weights.push(table.symbols[other] as number);
      return weights;
    }
    state = other;
    other = next;
  }
  return malformed('zstd', 'a Huffman table of too many symbols');
}

function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return (table.bases[state] as number) + bits.read(table.bits[state] as number);
}

/** The code whose symbols have these weights; the weight of the last symbol is what the others leave. */
function huffmanTable(weights: readonly number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) sum += weight === 0 ? 0 : 1 << (weight - 1);
  const log = sum === 0 ? 0 : 32 - Math.clz32(sum);
  const left = (1 << log) - sum;
  if (sum === 0 || log > MAX_LOG || weights.length > MAX_WEIGHTS || (left & (left - 1)) !== 0) {
    malformed('zstd', 'a Huffman table does not add up');
  }
  const all = [...weights, 32 - Math.clz32(left)];
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (const [symbol, own] of all.entries()) {
      if (own !== weight) continue;
      const stop = at + (1 << (weight - 1));
      symbols.fill(symbol, at, stop);
      bits.fill(log + 1 - weight, at, stop);
      at = stop;
    }
  }
  return { log, symbols, bits };
}

/** Decodes `length` symbols from the span to `out`; the span must hold exactly them. */
export function readHuffmanStream(
  table: HuffmanTable,
  bytes: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  start: number,
  length: number,
): void {
  const { log, symbols, bits } = table;
  const stream = new BackwardBits(bytes, from, end);
  const { first } = stream;
  const mask = (1 << log) - 1;
  const stop = start + length;
  let put = start;
  let at = stream.at;
  // As long as a whole look-up lies in the span: the bits are read in place.
  while (put < stop && at - log >= first) {
    const low = at - log;
    const byte = low >> 3;
    const word = (bytes[byte] as number) | ((bytes[byte + 1] as number) << 8) | ((bytes[byte + 2] as number) << 16);
    const code = (word >>> (low & 7)) & mask;
    out[put++] = symbols[code] as number;
    at -= bits[code] as number;
  }
  stream.at = at;
  while (put < stop && stream.at > first) {
    const before = stream.at;
    const code = stream.read(log);
    out[put++] = symbols[code] as number;
    stream.at = before - (bits[code] as number);
  }
  if (put !== stop || stream.at !== first) malformed('zstd', 'a Huffman stream does not hold its symbols');
}
