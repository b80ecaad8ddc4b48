import { mapWithState, stateSnapshots } from 'rx-dstream';
import type { Case, Step } from './Case.ts';
import { stateMapping } from './mapWithStateFunctions.ts';
import type { Stage, StepContext } from './steps.ts';

/** The operators with state by key; `updateStateByKey` is among the others. */
export const stateSteps: Readonly<Record<string, (step: Step, context: StepContext) => Stage>> = {
  mapWithState: ({ fn, initial, timeoutMs }, { name }) => {
    const map = stateMapping(fn);
    const options = {
      name,
      ...(initial === undefined ? {} : { initial: initial as [unknown, unknown][] }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs as number }),
    };
    return (stream) => stream.pipe(mapWithState(map, options));
  },
  stateSnapshots: () => (stream) => stream.pipe(stateSnapshots() as never),
};

/** What a case of `mapWithState` expects of the snapshots, as a case of its own. */
export function snapshotsCase({ expectedSnapshots, expectedTimesMs, ...given }: Case): Case | undefined {
  if (expectedSnapshots === undefined) return undefined;
  const { checkFlattened: _all, checkFlattenedAsSet: _set, ...params } = given.params;
  const steps = given.params.pipeline ?? [];
  const last = steps.findLastIndex(({ op }) => op === 'mapWithState');
  const pipeline = [...steps.slice(0, last + 1), { op: 'stateSnapshots' }];
  const hasTimes = expectedTimesMs?.length === expectedSnapshots.length;
  const times = hasTimes ? { expectedTimesMs } : {};
  return { ...given, ...times, expected: expectedSnapshots, ordered: false, params: { ...params, pipeline } };
}
