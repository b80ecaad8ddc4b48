import { countByValue, mapRecords, mapValues, reduceByKeyAndWindow, reduceRecords, windowBatches } from 'rx-dstream';
import type { Step } from './Case.ts';
import { predicate, twoFunction } from './recordFunctions.ts';
import type { Stage, StepContext } from './steps.ts';

/**
 * The window operators. Some of Spark's are defined by others; those are put together here from the operators they are
 * defined by, with nothing in between.
 */
export const windowSteps: Readonly<Record<string, (step: Step, context: StepContext) => Stage>> = {
  window: (step, { name }) => {
    const options = { ...span(step), name };
    return (stream) => stream.pipe(windowBatches(options));
  },
  reduceByKeyAndWindow: (step, { name }) => {
    const options = { ...span(step), ...inverseOf(step), name };
    const reduce = twoFunction(step.reduce);
    return (stream) => stream.pipe(reduceByKeyAndWindow(reduce, options));
  },
  /** `reduce.window.reduce`; with an inverse `reduceByKeyAndWindow` over one key. */
  reduceByWindow: (step, { name }) => {
    const reduce = twoFunction(step.reduce);
    if (step.inverse === undefined) {
      const options = { ...span(step), name };
      return (stream) => stream.pipe(reduceRecords(reduce), windowBatches(options), reduceRecords(reduce));
    }
    const options = { ...span(step), ...inverseOf(step), name };
    return (stream) =>
      stream.pipe(
        reduceRecords(reduce),
        mapRecords((value) => [1, value] as const),
        reduceByKeyAndWindow(reduce, options),
        mapRecords(([, value]) => value),
      );
  },
  /** `map(1).reduceByWindow(sum, subtract)`. */
  countByWindow: (step, { name }) => {
    const options = { ...span(step), name, inverse: subtract };
    return (stream) =>
      stream.pipe(
        mapRecords(() => [1, 1] as const),
        reduceByKeyAndWindow(add, options),
        mapRecords(([, count]) => count),
      );
  },
  /** `map([x, 1]).reduceByKeyAndWindow(sum, subtract, not 0)`. */
  countByValueAndWindow: (step, { name }) => {
    const options = {
      ...span(step),
      name,
      inverse: subtract,
      filter: ([, count]: readonly [unknown, number]) => count !== 0,
    };
    return (stream) => stream.pipe(countByValue(), reduceByKeyAndWindow(add, options));
  },
  /** The values of each batch as a list, the lists of the window put together. */
  groupByKeyAndWindow: (step, { name }) => {
    const options = { ...span(step), name };
    return (stream) =>
      stream.pipe(
        mapValues((value): unknown[] => [value]),
        reduceByKeyAndWindow((left: unknown[], right: unknown[]) => [...left, ...right], options),
      );
  },
};

function span({ windowMs, slideMs }: Step): { window: number; slide?: number } {
  const window = windowMs as number;
  return slideMs === undefined ? { window } : { window, slide: slideMs as number };
}

function inverseOf({ inverse, filter }: Step): object {
  return {
    ...(inverse === undefined ? {} : { inverse: twoFunction(inverse) }),
    ...(filter === undefined ? {} : { filter: predicate(filter) }),
  };
}

const add = (left: number, right: number): number => left + right;
const subtract = (left: number, right: number): number => left - right;
