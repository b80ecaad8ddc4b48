import { errorAlike, listsAlike, valuesAlike } from './alike.ts';
import { type Case, expectedError, NotRun } from './Case.ts';
import type { RunCase } from './dstreamCase.ts';

/** One action of a scenario. */
export interface Action {
  readonly call: string;
  readonly [argument: string]: unknown;
}

/** The facts after an action; `error` holds what was thrown and the name the JVM has for it. */
export type Facts = Readonly<Record<string, unknown>> & {
  readonly error?: { readonly error: unknown; readonly type?: string | undefined };
};

/** What the actions do, by name. */
export type Actions = Readonly<Record<string, (action: Action) => Facts | Promise<Facts>>>;

/** A scenario whose actions are all known, each compared by the facts that its expectation names. */
export function actionsCase({ input, expected, operation }: Case, begin: () => Actions): RunCase {
  const steps = input as readonly Action[];
  const known = begin();
  const unknown = steps.find(({ call }) => !Object.hasOwn(known, call));
  if (unknown !== undefined) throw new NotRun(`the runner does not know the call '${unknown.call}' of '${operation}'`);
  return async () => {
    const actions = begin();
    const got: Facts[] = [];
    for (const step of steps) got.push(await (actions[step.call] as Actions[string])(step));
    const isAlike = got.every((facts, at) => factsAlike(facts, (expected?.[at] ?? {}) as Facts));
    return isAlike ? undefined : { expected, got: got.map(shown) };
  };
}

/** An error that nobody expects is a difference even if no fact is asked for. */
function factsAlike(got: Facts, want: Facts): boolean {
  const wanted = expectedError(want);
  if ((wanted === undefined) !== (got.error === undefined)) return false;
  if (wanted !== undefined && !errorAlike(got.error?.error, wanted)) return false;
  if (wanted?.type !== undefined && got.error?.type !== undefined && wanted.type !== got.error.type) return false;
  return Object.keys(want).every((fact) => {
    const [mine, wanted] = [got[fact], want[fact]];
    if (fact === 'error') return true;
    if (Array.isArray(mine) && Array.isArray(wanted)) return listsAlike(mine, wanted, { ordered: true });
    return valuesAlike(mine, wanted);
  });
}

function shown({ error, ...facts }: Facts): unknown {
  return error === undefined ? facts : { ...facts, error: String(error.error) };
}
