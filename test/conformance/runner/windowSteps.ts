import {
  countByValueAndWindow,
  countByWindow,
  groupByKeyAndWindow,
  reduceByKeyAndWindow,
  reduceByWindow,
  windowBatches,
} from 'rx-dstream';
import type { Step } from './Case.ts';
import { predicate, twoFunction } from './recordFunctions.ts';
import type { Stage, StepContext } from './steps.ts';

/** The window operators, by the names vectors use. */
export const windowSteps: Readonly<Record<string, (step: Step, context: StepContext) => Stage>> = {
  window: (step, { name }) => {
    const options = { ...span(step), name };
    return (stream) => stream.pipe(windowBatches(options));
  },
  reduceByKeyAndWindow: (step, { name }) => {
    const options = { ...span(step), ...inverseOf(step), name };
    const reduce = twoFunction(step.reduce ?? step.fn);
    return (stream) => stream.pipe(reduceByKeyAndWindow(reduce, options));
  },
  reduceByWindow: (step, { name }) => {
    const options = { ...span(step), ...inverseOf(step), name };
    const reduce = twoFunction(step.reduce ?? step.fn);
    return (stream) => stream.pipe(reduceByWindow(reduce, options));
  },
  countByWindow: (step, { name }) => {
    const options = { ...span(step), name };
    return (stream) => stream.pipe(countByWindow(options));
  },
  countByValueAndWindow: (step, { name }) => {
    const options = { ...span(step), name };
    return (stream) => stream.pipe(countByValueAndWindow(options));
  },
  groupByKeyAndWindow: (step, { name }) => {
    const options = { ...span(step), name };
    return (stream) => stream.pipe(groupByKeyAndWindow(options));
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
