import { mapWithState, type Pair, stateSnapshots } from 'rx-dstream';
import { runBatches } from 'rx-dstream/testing';
import { share } from 'rxjs';
import { OpenKeyState } from '../../../src/core/state/KeyState.ts';
import { listsAlike, valuesAlike } from './alike.ts';
import { type Case, expectedError, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { stateMapping } from './mapWithStateFunctions.ts';

// biome-ignore lint/suspicious/noExplicitAny: arguments of vectors have no type
type Arguments = any;

/** The facts after an action: those that a vector names are compared. */
type Facts = Readonly<Record<string, unknown>>;

/** A case of kind `scenario` about the parts of `mapWithState`, or `undefined` if it is about something else. */
export function stateScenario(given: Case): RunCase | undefined {
  switch (given.operation) {
    case 'mapWithState.State':
      return stepsCase(given, stateActions());
    case 'mapWithState.touchedKeys':
      return stepsCase(given, touchedKeys(given), (want) => ({ ...want, states: timeless(want.states) }));
    case 'mapWithState.stateMap':
      throw new NotRun(DIFFERENCES.oneStateMap);
    default:
      return undefined;
  }
}

/** The state object of one key, as the operator opens it for a record. */
function stateActions(): (action: Arguments) => Facts {
  let state = new OpenKeyState<unknown>();
  const calls: Record<string, (action: Arguments) => unknown> = {
    newState: () => {
      state = new OpenKeyState();
      state.openWithout();
    },
    wrap: ({ value }) => (value === null ? state.openWithout() : state.openWith(value)),
    wrapTimingOut: ({ value }) => state.openWith(value, true),
    exists: () => state.exists(),
    get: () => state.get(),
    getOption: () => state.getOption(),
    isTimingOut: () => state.isTimingOut(),
    update: ({ value }) => state.update(value),
    remove: () => state.remove(),
    toString: () => state.toString(),
  };
  return (action) => {
    const call = Object.hasOwn(calls, action.call) ? calls[action.call] : undefined;
    if (call === undefined) throw new Error(`the runner does not know the call '${action.call}' of a state`);
    const result = outcomeOf(() => call(action));
    return {
      ...result,
      exists: state.exists(),
      getOption: state.getOption(),
      isTimingOut: state.isTimingOut(),
      updated: state.outcome === 'updated',
      removed: state.outcome === 'removed',
    };
  };
}

/** What a call gives, or the JVM's name for what it throws. */
function outcomeOf(call: () => unknown): Facts {
  try {
    return { returns: call() };
  } catch (error) {
    const { message } = error as Error;
    const isMisuse = message.startsWith('Cannot ');
    const type = isMisuse ? 'IllegalArgumentException' : 'NoSuchElementException';
    const isOurs = isMisuse || message.startsWith('State is not set');
    return { error: isOurs ? { type, messageContains: message } : { messageContains: message } };
  }
}

/** Each step runs the operator from the beginning over all batches that lead to it; named states go on from one another. */
function touchedKeys({ params }: Case): (action: Arguments) => Facts {
  const initial = params.initial as readonly Pair<unknown, unknown>[];
  const before = new Map<unknown, readonly (readonly Pair<unknown, unknown>[])[]>([['initial', []]]);
  const mapping = stateMapping(params.fn);
  return ({ from, data, as }) => {
    const batches = [...(before.get(from) ?? []), data as readonly Pair<unknown, unknown>[]];
    before.set(as, batches);
    const touched = new Set<unknown>();
    const { states } = runBatches(batches, (stream) => {
      const mapped = stream.pipe(
        mapWithState(
          (key, value, state, time) => {
            if (time === batches.length * 1000) touched.add(key);
            return mapping(key, value, state);
          },
          { initial },
        ),
        share(),
      );
      return { mapped, states: mapped.pipe(stateSnapshots()) };
    });
    return { touched: [...touched], states: states.at(-1)?.records };
  };
}

/** Without a timeout the times of states are not kept (docs/decisions/0042-keys-time-out-at-their-time.md). */
function timeless(states: unknown): unknown {
  return Array.isArray(states) ? states.map((state) => (Array.isArray(state) ? state.slice(0, 2) : state)) : states;
}

function stepsCase(given: Case, act: (action: Arguments) => Facts, adapt = (want: Facts): Facts => want): RunCase {
  const { input, expected } = given;
  return async () => {
    const got = input.map(act);
    const isAlike = got.every((facts, at) => factsAlike(facts, adapt((expected?.[at] ?? {}) as Facts)));
    return isAlike ? undefined : { expected, got };
  };
}

function factsAlike(got: Facts, want: Facts): boolean {
  return Object.keys(want).every((fact) => {
    if (fact === 'error') return errorsAlike(got.error, want);
    const [mine, wanted] = [got[fact], want[fact]];
    if (Array.isArray(mine) && Array.isArray(wanted)) return listsAlike(mine, wanted, { ordered: false });
    return valuesAlike(mine, wanted);
  });
}

function errorsAlike(got: unknown, want: Facts): boolean {
  const wanted = expectedError(want) as { type?: string; messageContains?: string } | undefined;
  const mine = got as { type?: string; messageContains: string } | undefined;
  if (mine === undefined || wanted === undefined) return false;
  const isType = wanted.type === undefined || wanted.type === mine.type;
  return isType && [wanted.messageContains ?? []].flat().every((text) => mine.messageContains.includes(text));
}
