import type { Deserializer } from './Deserializer.ts';

/**
 * Keys or values parsed as JSON. `T` is your word for what is in there; nothing checks it. Text that is no JSON, and a
 * null, are undecodable (`orNull(asJson())` lets nulls through).
 */
export function asJson<T>(): Deserializer<T> {
  return (bytes) => JSON.parse(bytes.toString('utf8')) as T;
}
