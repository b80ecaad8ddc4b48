import { serialize } from 'node:v8';
import { BlockError } from './BlockError.ts';
import { cloned } from './cloned.ts';
import { decodeRecords, encodeRecords, fieldsOf } from './records.ts';

/**
 * How a column of keys or values is written. The numbers are written to disk and never change.
 *
 * - `none`: there is no such column.
 * - `cloned`: an array as V8 serializes it; anything structured-clonable.
 * - `numbers`: 8 bytes each, all to the last bit but for the kinds of NaN.
 * - `integers`: 4 bytes each, with sign; no -0.
 * - `records`: objects with the same fields, whose values are primitive: a column for each field.
 */
export const COLUMN = { none: 0, cloned: 1, numbers: 2, integers: 3, records: 4 } as const;

/** A column and how it is written. Throws what V8 throws for what cannot be cloned. */
export function encodeColumn(column: readonly unknown[]): [kind: number, bytes: Uint8Array] {
  if (column.every(isInteger)) return [COLUMN.integers, bytesOf(Int32Array.from(column))];
  if (column.every(isNumber)) return [COLUMN.numbers, bytesOf(Float64Array.from(column))];
  const fields = fieldsOf(column);
  if (fields !== undefined)
    return [COLUMN.records, encodeRecords(column as readonly Record<string, unknown>[], fields)];
  return [COLUMN.cloned, serialize(column)];
}

/** All of a column, or its values at these places. */
export function decodeColumn(
  kind: number,
  bytes: Buffer,
  count: number,
  places?: readonly number[],
): readonly unknown[] {
  if (kind === COLUMN.records) return decodeRecords(bytes, count, places);
  const column = readColumn(kind, bytes, count);
  if (places !== undefined) return places.map((n) => column[n]);
  return Array.isArray(column) ? column : Array.from(column);
}

/** A column to be read value by value: numbers are not made values of an array first. */
export function readColumn(kind: number, bytes: Buffer, count: number): ArrayLike<unknown> {
  const column = decoded(kind, bytes, count);
  if (column.length !== count) throw new BlockError(`it has ${count} entries and a column of another length`);
  return column;
}

function decoded(kind: number, bytes: Buffer, count: number): ArrayLike<unknown> {
  switch (kind) {
    case COLUMN.integers:
      return new Int32Array(aligned(bytes));
    case COLUMN.numbers:
      return new Float64Array(aligned(bytes));
    case COLUMN.records:
      return decodeRecords(bytes, count);
    case COLUMN.cloned: {
      const column = cloned(bytes);
      if (Array.isArray(column)) return column;
      throw new BlockError('it has a column that is none');
    }
    default:
      throw new BlockError(`it has a column of an unknown kind ${kind}`);
  }
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

export function bytesOf(column: Int32Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

/** A copy that a typed array can lie over. */
export function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
