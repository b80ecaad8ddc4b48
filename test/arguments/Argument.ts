/** What a function may be given, and what it has to refuse where it is written. */
import { EMPTY, NEVER } from 'rxjs';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';

/** One argument of a function, or one of its options. */
export interface Argument {
  /** Is taken; `undefined` where it may be left out, and is. */
  readonly right: unknown;
  /** Each of these is refused. */
  readonly wrong: readonly unknown[];
  /** Of options: each of them. */
  readonly options?: OptionArguments;
}

export type OptionArguments = Readonly<Record<string, Argument>>;

/** The arguments of each function that a module exports: one that is not there does not compile. */
export type ArgumentsOf<M> = {
  readonly [N in keyof M as M[N] extends (...args: never[]) => unknown ? N : never]: readonly Argument[];
};

/** What a slow function, a class or a slip of the pen may look like. */
const answersLater = async (): Promise<void> => {};

const argument = (right: unknown, ...wrong: unknown[]): Argument => ({ right, wrong: [undefined, null, ...wrong] });

/** The same, which may be left out; `null` counts as left out in places. */
export const optional = ({ wrong, options }: Argument): Argument => ({
  right: undefined,
  wrong: wrong.filter((value) => value !== undefined && (value !== null || options !== undefined)),
  ...(options === undefined ? {} : { options }),
});

/** What nothing is known of: an initial value, a store of the user's. */
export const any = (right: unknown): Argument => ({ right, wrong: [] });
export const oneThat = (right: unknown, ...wrong: unknown[]): Argument => argument(right, ...wrong);

/** A function that may answer later. */
export const fn: Argument = argument(() => 1, 5, 'text', {});
/** A function that answers at once. */
export const prompt: Argument = argument(() => 1, 5, 'text', {}, answersLater);
export const text: Argument = argument('text', '', 5, {}, () => 1);
export const textOrEmpty: Argument = argument('text', 5, {}, () => 1);
export const truth: Argument = argument(true, 'false', 0, {});
export const stream: Argument = argument(NEVER, 5, 'text', {}, () => 1);
export const streams: Argument = argument([NEVER], 5, 'text', {}, () => 1, []);
export const store: Argument = argument(memoryOffsets(), 5, 'text', {}, () => 1);
export const checkpoint: Argument = argument(memoryCheckpoint(), 5, 'text', {}, () => 1);
export const iterable: Argument = argument([], 5, {}, () => 1);

/** A whole number from `least`. */
export function whole(least: number): Argument {
  return argument(least + 1, least - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', {});
}

/** A whole number of milliseconds from `least` that a timer can wait. */
export function wholeWait(least: number): Argument {
  return argument(least + 1, least - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', {});
}

/** The same as {@link whole}, or `Infinity`. */
export function wholeOrInfinity(least: number): Argument {
  return argument(least + 1, least - 1, 1.5, Number.NaN, '5', {});
}

/** A number above 0. */
export const positive: Argument = argument(1, 0, -1, Number.NaN, '5', {});

/** A length of time that a timer can wait. */
export const wait: Argument = argument(1000, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', {});

/** The same, or `Infinity`. */
export const waitOrInfinity: Argument = argument(1000, 0, -1, Number.NaN, 2 ** 31, '5', {});

export function choice(...names: readonly string[]): Argument {
  return argument(names[0], 'neither', 5, {});
}

/** Options by their names. */
export function options(each: OptionArguments): Argument {
  const right = Object.fromEntries(Object.entries(each).map(([name, { right }]) => [name, right]));
  const others = [5, 'text', () => 1, [], new Map(), new Set(), Promise.resolve({}), EMPTY];
  return { ...argument(right, ...others), options: each };
}
