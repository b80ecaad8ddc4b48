import { isUtf8 } from 'node:buffer';
import { oneOf } from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { Deserializer } from './Deserializer.ts';

/** Options of {@link asText}. */
export interface AsTextOptions {
  /** Bytes that are no UTF-8: U+FFFD for what cannot be read, or the record is undecodable. Default `'replace'`. */
  readonly invalid?: 'replace' | 'fail';
}

const OPTIONS: KnownOptions<AsTextOptions> = { invalid: true };

const TEXT: Deserializer<string> = Object.assign((bytes: Buffer): string => bytes.toString('utf8'), {
  isText: true as const,
});

/**
 * Keys or values as UTF-8 text. A null is undecodable: say `orNull(asText())` where it may come (tombstones, records
 * without a key). Long texts are views of their batch: keep `record.detached()` where one outlives it for long.
 */
export function asText(options: AsTextOptions = {}): Deserializer<string> {
  knownOptions('asText', options, OPTIONS);
  const invalid = oneOf('asText(invalid)', options.invalid ?? 'replace', ['replace', 'fail']);
  return invalid === 'replace' ? TEXT : strictText;
}

function strictText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Error('it is not valid UTF-8');
  return bytes.toString('utf8');
}
