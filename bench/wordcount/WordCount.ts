/** The pairs of one batch, in any order. */
export type Counts = Iterable<readonly [word: string, count: number]>;

/** Takes the pairs of each batch. */
export type Emit = (counts: Counts) => void;

/** Counts the words of these batches; over when the pairs of all of them have been taken. */
export type CountBatches = (batches: readonly (readonly string[])[]) => Promise<void>;

/** A pipeline that goes on from round to round, as a stream does. */
export type WordCount = (emit: Emit) => CountBatches;

/** Splits a line into words. */
export const words = (line: string): string[] => line.split(' ');

/** Adds two counts. */
export const add = (left: number, right: number): number => left + right;
