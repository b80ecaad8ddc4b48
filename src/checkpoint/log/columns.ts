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

export function decodeColumn(kind: number, bytes: Buffer, count: number): readonly unknown[] {
  const column = decoded(kind, bytes, count);
  if (!Array.isArray(column) || column.length !== count) {
    throw new BlockError(`it has ${count} entries and a column of another length`);
  }
  return column;
}

function decoded(kind: number, bytes: Buffer, count: number): unknown {
  switch (kind) {
    case COLUMN.integers:
      return Array.from(new Int32Array(aligned(bytes)));
    case COLUMN.numbers:
      return Array.from(new Float64Array(aligned(bytes)));
    case COLUMN.records:
      return decodeRecords(bytes, count);
    case COLUMN.cloned:
      return cloned(bytes);
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
