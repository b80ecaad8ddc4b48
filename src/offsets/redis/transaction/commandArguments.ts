import { refuse } from '../../../core/arguments.ts';
import type { RedisValue } from './RedisTransaction.ts';

/** One argument as it is sent. */
export type Sent = string | Buffer;

/** The largest 64-bit integer, as Redis counts. */
const MOST = 2n ** 63n - 1n;
const NAME = 'redisOffsets transaction';

export function keyArgument(command: string, key: unknown): string {
  if (typeof key !== 'string' || key === '') refuse(`${NAME} ${command}(key)`, 'a text that is not empty', key);
  return key;
}

export function valueArgument(command: string, value: unknown): Sent {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && !Number.isNaN(value)) return numberText(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return refuse(
    `${NAME} ${command}`,
    'texts, numbers and bytes',
    value,
    'Write other values as a text, as with JSON.stringify.',
  );
}

/** At least one value, or pairs of them. */
export function valueArguments(command: string, values: readonly RedisValue[], inPairs = false): Sent[] {
  if (values.length === 0)
    refuse(`${NAME} ${command}`, inPairs ? 'a field and its value, or more' : 'a value or more', 'none');
  if (inPairs && values.length % 2 === 1) {
    refuse(`${NAME} ${command}`, 'fields and values in turn', `${values.length} arguments`);
  }
  if (values.length > MOST_VALUES) {
    refuse(
      `${NAME} ${command}`,
      `${MOST_VALUES} values at most in one command`,
      values.length,
      'Add several commands.',
    );
  }
  return values.map((value) => valueArgument(command, value));
}

/** A script hands the arguments of a command over on Lua's stack, which ends at 8000. */
const MOST_VALUES = 7000;

/** Whole, and within 64 bits. */
export function integerArgument(command: string, amount: unknown): bigint {
  const isWhole = typeof amount === 'bigint' || Number.isSafeInteger(amount);
  const whole = isWhole ? BigInt(amount as bigint | number) : undefined;
  if (whole === undefined || whole > MOST || whole < -MOST) {
    refuse(`${NAME} ${command}`, 'a whole number of 64 bits (a safe integer or a bigint)', amount);
  }
  return whole as bigint;
}

export function rangeArgument(command: string, value: unknown, least: number, most: number): Sent {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    refuse(`${NAME} ${command}`, `a whole number from ${least} to ${most}`, value);
  }
  return String(value);
}

export function finiteArgument(command: string, amount: unknown): Sent {
  if (typeof amount !== 'number' || !Number.isFinite(amount)) refuse(`${NAME} ${command}`, 'a finite number', amount);
  return numberText(amount);
}

/** A score may be infinite. */
export function scoreArgument(command: string, score: unknown): Sent {
  if (typeof score !== 'number' || Number.isNaN(score)) refuse(`${NAME} ${command}(score)`, 'a number', score);
  return numberText(score);
}

export function boundArgument(command: string, bound: unknown): Sent {
  if (typeof bound === 'number') return scoreArgument(command, bound);
  if (typeof bound === 'string' && /^\(?([+-]?inf|[+-]?\d+(\.\d+)?(e[+-]?\d+)?)$/i.test(bound)) return bound;
  return refuse(`${NAME} ${command}`, 'a number, or a bound like "(5" or "-inf"', bound);
}

export function oneOf(command: string, value: unknown, among: readonly string[]): Sent[] {
  if (value === undefined) return [];
  if (!among.includes(value as string)) refuse(`${NAME} ${command}`, among.join(', '), value);
  return [value as string];
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? 'inf' : '-inf';
}
