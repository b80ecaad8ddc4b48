import { shown } from '../arguments.ts';
import { ownIdentity } from './keyIdentity.ts';

/**
 * What a copy of a key has in common with it: its contents, also of objects. For stores that are given copies of keys and do not
 * know what tells them apart: a state reports a key the same way for as long as it has it.
 */
export function contentIdentity(key: unknown): unknown {
  return typeof key === 'object' && key !== null ? ownIdentity(contentsOf(key)) : ownIdentity(key);
}

/** The contents as a tuple of plain values. */
function contentsOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return ['tuple', ...value.map(contentsOf)];
  if (value instanceof Date) return ['Date', value.getTime()];
  if (ArrayBuffer.isView(value)) return ['view', ...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  if (value instanceof Map || value instanceof Set) return ['entries', ...[...value].map(contentsOf)];
  if (String(value) !== '[object Object]') {
    throw new TypeError(`expected a key that can be told apart by its contents, got ${shown(value)}`);
  }
  return ['object', ...Object.entries(value).map(contentsOf)];
}
