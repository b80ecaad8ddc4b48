import {
  cogroup,
  fullOuterJoin,
  join,
  leftOuterJoin,
  rightOuterJoin,
  transformOf,
  transformWith,
  unionBatches,
  unionOf,
} from 'rx-dstream';
import { batchFunction } from './batchFunctions.ts';
import type { Step } from './Case.ts';
import type { Stage, StepContext, Stream } from './steps.ts';

/** The operators that bring several streams together. */
export const joinSteps: Readonly<Record<string, (step: Step, context: StepContext) => Stage>> = {
  union: paired((stream, other) => stream.pipe(unionBatches(other))),
  join: paired((stream, other) => stream.pipe(join(other))),
  leftOuterJoin: paired((stream, other) => stream.pipe(leftOuterJoin(other))),
  rightOuterJoin: paired((stream, other) => stream.pipe(rightOuterJoin(other))),
  fullOuterJoin: paired((stream, other) => stream.pipe(fullOuterJoin(other))),
  cogroup: paired((stream, other) => stream.pipe(cogroup(other))),
  contextUnion: ({ others }, context) => {
    const rest = othersOf(others, context);
    return (stream) => unionOf(stream, ...rest.map((other) => other(stream)));
  },
  transformWith: ({ other, fn }, context) => {
    const right = context.other(other, 0);
    const change = batchFunction(fn);
    return (stream) => stream.pipe(transformWith(right(stream), (here, there) => change(here.records, there.records)));
  },
  contextTransform: ({ others, fn }, context) => {
    const rest = othersOf(others, context);
    const change = batchFunction(fn);
    return (stream) =>
      transformOf([stream, ...rest.map((other) => other(stream))], (batches) =>
        change(...batches.map(({ records }) => records)),
      );
  },
};

function paired(bring: (stream: Stream, other: Stream) => Stream): (step: Step, context: StepContext) => Stage {
  return ({ other }, context) => {
    const right = context.other(other, 0);
    return (stream) => bring(stream, right(stream));
  };
}

function othersOf(others: unknown, context: StepContext): readonly Stage[] {
  return (others as readonly unknown[]).map((other, at) => context.other(other, at));
}
