import { deserialize, serialize } from 'node:v8';
import { encodeColumn, readColumn } from './columns.ts';

/** With more fields than this an object is not worth a column for each. */
const FIELDS = 16;

/** Before each part: its kind, and its length. */
const PART_HEAD = 8;

/** The fields that all these objects have, in this order; `undefined` if they are anything else than plain objects with the same primitive fields. */
export function fieldsOf(column: readonly unknown[]): readonly string[] | undefined {
  const first = column[0];
  if (typeof first !== 'object' || first === null) return undefined;
  const fields = Object.keys(first);
  if (fields.length === 0 || fields.length > FIELDS || fields.some(isSpecial)) return undefined;
  return column.every((value) => hasFields(value, fields)) ? fields : undefined;
}

export function encodeRecords(
  column: readonly Readonly<Record<string, unknown>>[],
  fields: readonly string[],
): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (kind: number, bytes: Uint8Array): void => {
    const head = Buffer.alloc(PART_HEAD);
    head.writeUInt32LE(kind, 0);
    head.writeUInt32LE(bytes.length, 4);
    parts.push(head, bytes);
  };
  add(0, serialize(fields));
  for (const field of fields) add(...encodeColumn(column.map((value) => value[field])));
  return Buffer.concat(parts);
}

/** All of the `count` objects, or those at these places. */
export function decodeRecords(
  bytes: Buffer,
  count: number,
  places?: readonly number[],
): readonly Record<string, unknown>[] {
  let at = 0;
  const next = (): [kind: number, part: Buffer] => {
    const kind = bytes.readUInt32LE(at);
    const from = at + PART_HEAD;
    at = from + bytes.readUInt32LE(at + 4);
    return [kind, bytes.subarray(from, at)];
  };
  const fields = deserialize(next()[1]) as readonly string[];
  const records = Array.from({ length: places?.length ?? count }, (): Record<string, unknown> => ({}));
  for (const field of fields) {
    const column = readColumn(...next(), count);
    for (let n = 0; n < records.length; n++) {
      (records[n] as Record<string, unknown>)[field] = column[places === undefined ? n : (places[n] as number)];
    }
  }
  return records;
}

/** Named like a place in an array it would come first whatever its order; the other one is no field when it is set. */
function isSpecial(field: string): boolean {
  return field === '__proto__' || /^\d/.test(field);
}

function hasFields(value: unknown, fields: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  let n = 0;
  for (const field in value) {
    if (field !== fields[n] || !isPrimitive((value as Record<string, unknown>)[field])) return false;
    n++;
  }
  return n === fields.length;
}

/** Which a symbol is too, but that cannot be written. */
function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function' && typeof value !== 'symbol';
}
