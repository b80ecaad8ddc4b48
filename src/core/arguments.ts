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

/** Milliseconds that a timer can wait, or `INVALID_ARGUMENT`. */
export function timerMilliseconds(where: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS) return value;
  return refuse(where, `milliseconds above 0 and at most ${LONGEST_TIMER_MS} (24 days)`, value);
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

/** Options as an object, or `INVALID_ARGUMENT`: of a number or a text nothing would be read, and nothing said. */
export function optionsArgument(where: string, options: unknown, like: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse(where, `options like ${like}`, options);
  }
}

/**
 * Options of which every one is known, or `INVALID_ARGUMENT`: a name that is misspelt would be an option that is left out. What is `undefined`
 * is left out, whatever its name.
 */
export function knownOptions<O extends object>(
  where: string,
  options: O,
  known: Readonly<Record<keyof O, true>>,
): void {
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  refuse(where, `an option among ${Object.keys(known).join(', ')}`, unknown[0]);
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
