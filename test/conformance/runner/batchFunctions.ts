import { oneFunction } from './recordFunctions.ts';
import { namedFunction, type Vocabulary } from './vocabulary.ts';

type Records = readonly unknown[];

/** A function over whole batches: the records of each side, in order. */
export type BatchFunction = (...sides: readonly Records[]) => Records;

const BATCH: Vocabulary<BatchFunction> = {
  rddMap: ({ with: fn }) => {
    const apply = oneFunction(fn);
    return (records = []) => records.map(apply);
  },
  rddUnion:
    () =>
    (...sides) =>
      sides.flat(1),
  rddJoin:
    () =>
    (left = [], right = []) =>
      (left as readonly [unknown, unknown][]).flatMap(([key, value]) =>
        (right as readonly [unknown, unknown][])
          .filter(([other]) => other === key)
          .map(([, joined]) => [key, [value, joined]]),
      ),
  cartesianWithSelf:
    () =>
    (records = []) =>
      records.flatMap((left) => records.map((right) => [left, right])),
  unionAllInOrder:
    () =>
    (...sides) =>
      sides.flat(1),
  unionSecondThirdFirst:
    () =>
    (first = [], second = [], third = []) => [...second, ...third, ...first],
  returnNull: () => () => null as never,
};

/** A function of whole batches. */
export const batchFunction = (named: unknown): BatchFunction => namedFunction('whole batch', named, BATCH);
