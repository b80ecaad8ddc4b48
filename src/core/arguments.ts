import type { SchedulerLike } from 'rxjs';
import { StreamError } from './errors.ts';

/** How a wrong value is shown in a message: short, and with its type where the text alone would mislead. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'function') return isAsync(value) ? 'an async function' : 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return String(value);
}

/** Throws `INVALID_ARGUMENT`: what was expected, what came, what to do. */
export function refuse(where: string, expected: string, got: unknown, todo?: string): never {
  const advice = todo === undefined ? '' : ` ${todo}`;
  throw new StreamError('INVALID_ARGUMENT', `${where}: expected ${expected}, got ${shown(got)}.${advice}`);
}

/** A whole number of at least `least`, or `INVALID_ARGUMENT`. `Infinity` passes where `orInfinity` says so. */
export function wholeNumber(where: string, value: unknown, least: number, orInfinity = false): number {
  if (orInfinity && value === Number.POSITIVE_INFINITY) return value as number;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    refuse(where, `a whole number of at least ${least}${orInfinity ? ' or Infinity' : ''}`, value);
  }
  return value;
}

/** A number above zero, or `INVALID_ARGUMENT`. */
export function positiveNumber(where: string, value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) refuse(where, 'a number above 0', value);
  return value;
}

/** No timer of Node waits longer: asked to, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds that a timer can wait, or `INVALID_ARGUMENT`. `Infinity` passes where `orInfinity` says so: then none is to be started. */
export function timerMilliseconds(where: string, value: unknown, orInfinity = false): number {
  if (typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS) return value;
  if (orInfinity && value === Number.POSITIVE_INFINITY) return value as number;
  const most = `at most ${LONGEST_TIMER_MS} (24 days)${orInfinity ? ' or Infinity' : ''}`;
  return refuse(where, `milliseconds above 0 and ${most}`, value);
}

/** A whole number of milliseconds of at least `least` that a timer can wait, or `INVALID_ARGUMENT`. */
export function wholeMilliseconds(where: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= LONGEST_TIMER_MS)
    return value;
  return refuse(where, `a whole number of milliseconds from ${least} to ${LONGEST_TIMER_MS} (24 days)`, value);
}

/** A function, or `INVALID_ARGUMENT`. */
export function functionArgument(where: string, value: unknown): void {
  if (typeof value !== 'function') refuse(where, 'a function', value);
}

/** `true` or `false`, or `INVALID_ARGUMENT`: in plain JavaScript `'false'` would be true. */
export function truth(where: string, value: unknown): boolean {
  if (typeof value !== 'boolean') refuse(where, 'true or false', value);
  return value;
}

/** One of these words, or `INVALID_ARGUMENT`. */
export function oneOf<const T extends string>(where: string, value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const quoted = words.map((word) => `'${word}'`);
  return refuse(where, [...quoted.slice(0, -2), quoted.slice(-2).join(' or ')].join(', '), value);
}

/** A scheduler of RxJS, or `INVALID_ARGUMENT`: without one nothing would ever be due. */
export function schedulerArgument(where: string, value: SchedulerLike): SchedulerLike {
  if (typeof value?.schedule !== 'function') refuse(where, 'a scheduler of RxJS, as asyncScheduler', value);
  return value;
}

/** Options as an object, or `INVALID_ARGUMENT`: of a number or a text nothing would be read, and nothing said. */
export function optionsArgument(where: string, options: unknown, like: string): void {
  if (!isOptions(options)) refuse(where, `options like ${like}`, options);
}

/** Whether it can be options: of what is gone through, awaited or subscribed to (a `Map`, a promise, a stream) nothing would be read either. */
export function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return !(Symbol.iterator in value || 'then' in value || 'subscribe' in value);
}

/**
 * A function that answers at once, or `INVALID_ARGUMENT`: what an `async` one gives would be taken for its answer, and a filter's
 * promise for yes. Seen where it is written and without a cost for each record, so a plain function that gives a promise passes.
 */
export function promptFunction(where: string, value: unknown): void {
  functionArgument(where, value);
  if (!isAsync(value)) return;
  const advice = 'Look records up with mapRecordsAsync or mapChunks before it; transform may answer later too.';
  refuse(where, 'a function that answers at once', value, advice);
}

function isAsync(value: unknown): boolean {
  const kind = Object.prototype.toString.call(value);
  return kind === '[object AsyncFunction]' || kind === '[object AsyncGeneratorFunction]';
}

/** A text that is not empty, or `INVALID_ARGUMENT`. */
export function textArgument(where: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') refuse(where, 'a text that is not empty', value);
  return value;
}
