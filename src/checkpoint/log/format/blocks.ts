import { BlockError } from './BlockError.ts';
import { aligned, bytesOf, COLUMN, decodeColumn, encodeColumn } from './columns.ts';

/**
 * A block is a row of entries in columns: a head of 32 bytes, then ids, keys and values.
 *
 * | at | bytes | what |
 * |---|---|---|
 * | 0 | 4 | entries |
 * | 4 | 1 | ids: 0 rising by one from the lowest, nothing is written; 1 distances from the lowest, 4 bytes each; 2 numbers, 8 bytes each |
 * | 5 | 1 | keys: how the column is written, see `COLUMN` |
 * | 6 | 1 | values: as keys |
 * | 7 | 1 | zero |
 * | 8 | 8 | the lowest id |
 * | 16 | 8 | the highest id |
 * | 24 | 4 | length of the ids |
 * | 28 | 4 | length of the keys |
 */
export const BLOCK_HEAD = 32;

const RISING = 0;
const NEAR = 1;
const FAR = 2;

/** What is known of a block without its keys and values. */
export interface BlockIds {
  readonly ids: readonly number[];
  readonly lowest: number;
  readonly highest: number;
}

/** The entries `from` to `to` as the parts of a payload. Throws what V8 throws for what cannot be cloned. */
export function encodeBlock(
  ids: readonly number[],
  keys: readonly unknown[] | undefined,
  values: readonly unknown[] | undefined,
  from: number,
  to: number,
): Uint8Array[] {
  const head = Buffer.alloc(BLOCK_HEAD);
  const [idsKind, idBytes, lowest, highest] = encodeIds(ids, from, to);
  const [keysKind, keyBytes] = partOf(keys, from, to);
  const [valuesKind, valueBytes] = partOf(values, from, to);
  head.writeUInt32LE(to - from, 0);
  head[4] = idsKind;
  head[5] = keysKind;
  head[6] = valuesKind;
  head.writeDoubleLE(lowest, 8);
  head.writeDoubleLE(highest, 16);
  head.writeUInt32LE(idBytes.length, 24);
  head.writeUInt32LE(keyBytes.length, 28);
  return [head, idBytes, keyBytes, valueBytes];
}

export function decodeIds(block: Buffer): BlockIds {
  const { count, idsEnd } = layoutOf(block);
  const lowest = block.readDoubleLE(8);
  const highest = block.readDoubleLE(16);
  return { ids: idsOf(block[4] as number, block, lowest, count, idsEnd), lowest, highest };
}

/** The keys of a block; `undefined` if it has none. */
export function decodeKeys(block: Buffer): readonly unknown[] | undefined {
  const { count, idsEnd, keysEnd } = layoutOf(block);
  return block[5] === COLUMN.none
    ? undefined
    : decodeColumn(block[5] as number, block.subarray(idsEnd, keysEnd), count);
}

/** The values of a block, or those at these places; `undefined` if it has none. */
export function decodeValues(block: Buffer, places?: readonly number[]): readonly unknown[] | undefined {
  const { count, keysEnd } = layoutOf(block);
  return block[6] === COLUMN.none
    ? undefined
    : decodeColumn(block[6] as number, block.subarray(keysEnd), count, places);
}

function partOf(column: readonly unknown[] | undefined, from: number, to: number): [kind: number, bytes: Uint8Array] {
  if (column === undefined) return [COLUMN.none, new Uint8Array(0)];
  return encodeColumn(from === 0 && to === column.length ? column : column.slice(from, to));
}

function layoutOf(block: Buffer): { readonly count: number; readonly idsEnd: number; readonly keysEnd: number } {
  if (block.length < BLOCK_HEAD) throw new BlockError('it is too short');
  const idsEnd = BLOCK_HEAD + block.readUInt32LE(24);
  const keysEnd = idsEnd + block.readUInt32LE(28);
  if (keysEnd > block.length) throw new BlockError('its columns are longer than itself');
  return { count: block.readUInt32LE(0), idsEnd, keysEnd };
}

// ---- ids ---------------------------------------------------------------------------------------------------------

function encodeIds(
  ids: readonly number[],
  from: number,
  to: number,
): [kind: number, bytes: Uint8Array, lowest: number, highest: number] {
  let lowest = ids[from] as number;
  let highest = lowest;
  let isRising = true;
  for (let n = from; n < to; n++) {
    const id = ids[n] as number;
    if (id < lowest) lowest = id;
    if (id > highest) highest = id;
    if (id !== (ids[from] as number) + n - from) isRising = false;
  }
  if (isRising) return [RISING, new Uint8Array(0), lowest, highest];
  const isNear = highest - lowest < 2 ** 32;
  const column = isNear ? new Uint32Array(to - from) : new Float64Array(to - from);
  const zero = isNear ? lowest : 0;
  for (let n = from; n < to; n++) column[n - from] = (ids[n] as number) - zero;
  return [isNear ? NEAR : FAR, bytesOf(column), lowest, highest];
}

function idsOf(kind: number, block: Buffer, lowest: number, count: number, end: number): readonly number[] {
  const ids = new Array<number>(count);
  if (kind === RISING) {
    for (let n = 0; n < count; n++) ids[n] = lowest + n;
    return ids;
  }
  if (kind !== NEAR && kind !== FAR) throw new BlockError(`it has ids of an unknown kind ${kind}`);
  const size = kind === NEAR ? 4 : 8;
  if (end - BLOCK_HEAD !== count * size) throw new BlockError('it has another number of ids than entries');
  const bytes = aligned(block.subarray(BLOCK_HEAD, end));
  const column = kind === NEAR ? new Uint32Array(bytes) : new Float64Array(bytes);
  const zero = kind === NEAR ? lowest : 0;
  for (let n = 0; n < count; n++) ids[n] = zero + (column[n] as number);
  return ids;
}
