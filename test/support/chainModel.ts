import type { Visit } from '../../src/core/batch/Batch.ts';
import type { StepFailed } from '../../src/core/chain/ChainCode.ts';
import type { NarrowStep } from '../../src/core/chain/NarrowStep.ts';

/** What a chain of narrow steps must do, as generators composed by hand: one for each step, each counts what it is given. */
export function expectedOf(
  steps: readonly NarrowStep[],
  records: readonly unknown[],
  visit: Visit<unknown>,
  failed: StepFailed,
): boolean {
  const results = steps.reduce(
    (input: Iterable<unknown>, step, at) => stepped(step, at, input, failed),
    records as Iterable<unknown>,
  );
  for (const result of results) if (visit(result) === false) return false;
  return true;
}

function* stepped(
  { kind, fn }: NarrowStep,
  at: number,
  input: Iterable<unknown>,
  failed: StepFailed,
): Generator<unknown> {
  const call = fn as (input: unknown) => unknown;
  let position = -1;
  const attempt = <R>(act: () => R): R => {
    try {
      return act();
    } catch (error) {
      throw failed(error, at, position);
    }
  };
  for (const record of input) {
    position++;
    const [key, value] = record as readonly [unknown, unknown];
    const isOfValue = kind === 'mapValues' || kind === 'flatMapValues';
    const answer = attempt(() => call(isOfValue ? value : record));
    if (kind === 'map') yield answer;
    else if (kind === 'mapValues') yield [key, answer];
    else if (kind === 'filter') {
      if (answer) yield record;
    } else {
      const parts = attempt(() => (answer as Iterable<unknown>)[Symbol.iterator]());
      for (let part = attempt(() => parts.next()); part.done !== true; part = attempt(() => parts.next())) {
        yield kind === 'flatMap' ? part.value : [key, part.value];
      }
    }
  }
}
