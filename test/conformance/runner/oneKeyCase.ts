import {
  type CheckpointContents,
  type KeyState,
  mapWithState,
  memoryCheckpoint,
  type Pair,
  stateSnapshots,
} from 'rx-dstream';
import { runBatches } from 'rx-dstream/testing';
import { share } from 'rxjs';
import { valuesAlike } from './alike.ts';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { divisor } from './firstBatch.ts';

/** One key with its state before, and what its records ask for. */
interface OneKey {
  readonly init: readonly unknown[];
  readonly data: readonly string[];
  readonly timeoutThresholdMs?: number;
  readonly fullScan?: boolean;
}

/** A case of the function `mapWithStateUpdateOneKey`: batches of the operator, of which an earlier one brings the state in. */
export function oneKeyCase({ params, input, expected }: Case): RunCase {
  const { initialUpdateTimeMs: before, batchTimeMs: now } = params as unknown as Record<string, number>;
  const keys = input as readonly OneKey[];
  const isBetween = divisor(now as number, before as number) !== (now as number) - (before as number);
  const isTimed = keys.some(({ timeoutThresholdMs }) => timeoutThresholdMs !== undefined);
  if (isBetween && isTimed) throw new NotRun(DIFFERENCES.timeoutsAreExact);
  if (keys.some((key) => staysUnscanned(key, before as number))) throw new NotRun(DIFFERENCES.timeoutsAreExact);
  return async () => {
    const got = keys.map((key) => outcomeOf(key, before as number, now as number));
    const isAlike = got.every((facts, at) => {
      const want = expected?.[at] as Record<string, unknown>;
      const states = facts.hasTimes ? want.states : withoutTimes(want.states);
      return Object.entries({ ...want, states }).every(([name, value]) =>
        valuesAlike((facts as Record<string, unknown>)[name], value),
      );
    });
    return isAlike ? undefined : { expected, got };
  };
}

/** Spark leaves a key that is due alone until it scans; here there is no scan to wait for. */
function staysUnscanned({ init, data, timeoutThresholdMs, fullScan }: OneKey, before: number): boolean {
  const isDue = timeoutThresholdMs !== undefined && before < timeoutThresholdMs;
  return isDue && fullScan !== true && init.length > 0 && data.length === 0;
}

function outcomeOf(
  { init, data, timeoutThresholdMs }: OneKey,
  before: number,
  now: number,
): { readonly hasTimes: boolean } {
  const timedOut: unknown[] = [];
  const removed: unknown[] = [];
  let called = false;
  const obey = (_key: string, command: unknown, state: KeyState<unknown>, time: number): unknown => {
    if (time < now) return state.update(command);
    called = true;
    if (state.isTimingOut()) return void timedOut.push(state.get());
    if (command === 'update-state') state.update(state.exists() ? (state.get() as number) + 1 : 0);
    if (command === 'get-state') return state.getOption() ?? -1;
    if (command !== 'remove-state') return undefined;
    removed.push(state.get());
    return state.remove();
  };
  const hasTimes = timeoutThresholdMs !== undefined;
  const times = new Map<unknown, number>();
  const store = memoryCheckpoint();
  const interval = divisor(now, before);
  const batches = Array.from({ length: now / interval }, (_, at): Pair<string, unknown>[] => {
    const time = (at + 1) * interval;
    const values = time === before ? init : time === now ? data : [];
    return values.map((value) => ['key', value]);
  });
  const { mapped, states } = runBatches(
    batches,
    (stream) => {
      const timeout = hasTimes ? { timeout: now - timeoutThresholdMs } : {};
      const all = stream.pipe(mapWithState(obey, { name: 'one', ...timeout }), share());
      return { mapped: all, states: all.pipe(stateSnapshots()) };
    },
    {
      interval,
      checkpoint: {
        ...store,
        settle(settlement) {
          const answer = store.settle(settlement);
          const { states } = store.load() as CheckpointContents;
          for (const { keys, values } of states.get('one/keys')?.entries ?? []) {
            for (const [n, key] of keys.entries()) times.set(key, (values[n] as { time: number }).time);
          }
          return answer;
        },
      },
    },
  );
  const kept = (states.at(-1)?.records ?? []).map(([key, state]) => (hasTimes ? [state, times.get(key)] : [state]));
  return { hasTimes, called, states: kept, output: mapped.at(-1)?.records, timedOut, removed } as { hasTimes: boolean };
}

/** Without a timeout no times are kept (docs/decisions/0042-keys-time-out-at-their-time.md). */
function withoutTimes(states: unknown): unknown {
  return Array.isArray(states) ? states.map((state) => (Array.isArray(state) ? state.slice(0, 1) : state)) : states;
}
