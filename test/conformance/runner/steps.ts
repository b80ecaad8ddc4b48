import {
  type Batch,
  combineByKey,
  countByValue,
  countRecords,
  filterRecords,
  flatMapRecords,
  flatMapValues,
  groupByKey,
  mapRecords,
  mapValues,
  print,
  reduceByKey,
  reduceRecords,
  transform,
  updateStateByKey,
} from 'rx-dstream';
import { saveAsTextFiles } from 'rx-dstream/file';
import type { Observable } from 'rxjs';
import { batchFunction } from './batchFunctions.ts';
import { NotRun, type Step } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import { joinSteps } from './joinSteps.ts';
import { manyFunction, oneFunction, predicate, twoFunction } from './recordFunctions.ts';
import { stateFunction } from './stateFunctions.ts';
import { stateSteps } from './stateSteps.ts';
import { windowSteps } from './windowSteps.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of vectors have no type
export type Stream = Observable<Batch<any>>;

/** One step as a function from stream to stream. */
export type Stage = (stream: Stream) => Stream;

/** What a step needs besides its arguments. */
export interface StepContext {
  /** A name for the step's state, the same in every process. */
  readonly name: string;
  /** Another stream, as `{ stream, pipeline }` describes it, seen from `self`. */
  other(description: unknown, at: number): (self: Stream) => Stream;
  /** A folder for the step's files, instead of `<tmp>`. */
  readonly folder: string;
}

/** The operators of Spark that exist here, by the names vectors use; windows and joins have files of their own. */
const STEPS: Readonly<Record<string, (step: Step, context: StepContext) => Stage>> = {
  map: ({ fn }) => {
    const project = oneFunction(fn);
    return (stream) => stream.pipe(mapRecords(project));
  },
  flatMap: ({ fn }) => {
    const project = manyFunction(fn);
    return (stream) => stream.pipe(flatMapRecords(project));
  },
  filter: ({ fn }) => {
    const keep = predicate(fn);
    return (stream) => stream.pipe(filterRecords(keep));
  },
  mapValues: ({ fn }) => {
    const project = oneFunction(fn);
    return (stream) => stream.pipe(mapValues(project));
  },
  flatMapValues: ({ fn }) => {
    const project = manyFunction(fn);
    return (stream) => stream.pipe(flatMapValues(project));
  },
  reduce: ({ fn }) => {
    const reduce = twoFunction(fn);
    return (stream) => stream.pipe(reduceRecords(reduce));
  },
  count: () => (stream) => stream.pipe(countRecords()),
  countByValue: () => (stream) => stream.pipe(countByValue()),
  reduceByKey: ({ fn }) => {
    const reduce = twoFunction(fn);
    return (stream) => stream.pipe(reduceByKey(reduce));
  },
  groupByKey: () => (stream) => stream.pipe(groupByKey()),
  combineByKey: ({ createCombiner, mergeValue }) => {
    const create = oneFunction(createCombiner);
    const merge = twoFunction(mergeValue);
    return (stream) => stream.pipe(combineByKey(create, merge));
  },
  transform: ({ fn }) => {
    const change = batchFunction(fn);
    return (stream) => stream.pipe(transform((batch) => change(batch.records)));
  },
  updateStateByKey: ({ fn, initial }, { name }) => {
    const update = stateFunction(fn);
    const options = initial === undefined ? { name } : { name, initial: initial as [unknown, unknown][] };
    return (stream) => stream.pipe(updateStateByKey(update, options));
  },
  print: ({ num }) => {
    return (stream) => stream.pipe(print(num as number | undefined, { to: () => {} }));
  },
  saveAsTextFiles: ({ prefix, suffix }, { folder }) => {
    const path = String(prefix).replace('<tmp>', folder);
    return (stream) => stream.pipe(saveAsTextFiles(path, suffix as string | undefined));
  },
  ...joinSteps,
  ...windowSteps,
  ...stateSteps,
};

/** Steps that will never exist here, or not yet, and why. */
const LACKING: Readonly<Record<string, string>> = {
  mapPartitions: DIFFERENCES.noPartitions,
  glom: DIFFERENCES.noPartitions,
  repartition: DIFFERENCES.noPartitions,
};

/** The stage a step describes, or {@link NotRun}. */
export function stageOf(step: Step, context: StepContext): Stage {
  const make = Object.hasOwn(STEPS, step.op) ? STEPS[step.op] : undefined;
  if (make !== undefined) return make(step, context);
  throw new NotRun(LACKING[step.op] ?? `the runner does not know the step '${step.op}'`);
}
