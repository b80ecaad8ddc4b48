import type { ChainCode } from './ChainCode.ts';
import { countOfEachStep, countsAnew, iterable, type NarrowStep } from './NarrowStep.ts';

type Factory = (fns: readonly unknown[], visitable: typeof iterable) => ChainCode;

let generated = 0;
let isForbidden = false;

/**
 * A chain with code of its own, so that the compiler sees which function is called where and can inline it: as if the loop had
 * been written by hand. `undefined` where the process forbids to make code (`--disallow-code-generation-from-strings`).
 *
 * The text is made of step kinds and numbers alone; nothing of a user's program or data gets into it.
 */
export function generatedChain(steps: readonly NarrowStep[]): ChainCode | undefined {
  if (isForbidden) return undefined;
  let factory: Factory;
  try {
    // The number makes each text different: equal texts would share what the compiler has learnt of them.
    const text = `${textOf(steps)}\n//# sourceURL=rx-dstream:chain/${++generated}`;
    factory = new Function('fns', 'iterable', text) as Factory;
  } catch (error) {
    if ((error as Error).name !== 'EvalError') throw error;
    isForbidden = true;
    return undefined;
  }
  return factory(
    steps.map(({ fn }) => fn),
    iterable,
  );
}

/** The text that makes the code of a chain; `step` is -1 while no step's function is being called. */
function textOf(steps: readonly NarrowStep[]): string {
  const countOf = countOfEachStep(steps);
  const counts = Array.from({ length: (countOf.at(-1) ?? 0) + 1 }, (_, at) => `n${at}`);
  const inner = counts.slice(1).map((count) => `, ${count} = -1`);
  const body = stepsFrom(0, steps, countOf);
  const rethrow = `catch (error) { throw step < 0 ? error : failed(error, step, [${counts}][[${countOf}][step]]); }`;
  return `'use strict';
const [${steps.map((_, at) => `f${at}`)}] = fns;
return {
  overArray(records, next, failed) {
    let step = -1, stops = false, n0 = 0${inner.join('')};
    try {
      for (; n0 < records.length; n0++) {
        const r0 = records[n0];
        ${body}
        if (stops) return false;
      }
    } ${rethrow}
  },
  visitor(next, failed) {
    let n0 = -1${inner.join('')};
    return (r0) => {
      let step = -1, stops = false;
      n0++;
      try {
        ${body}
        if (stops) return false;
      } ${rethrow}
    };
  },
};`;
}

/** What is done with the record `r{at}`, by the steps from `at` on. */
function stepsFrom(at: number, steps: readonly NarrowStep[], countOf: readonly number[]): string {
  const step = steps[at];
  if (step === undefined) return `step = -1; stops = next(r${at}) === false;`;
  const [fn, record, result, part] = [`f${at}`, `r${at}`, `r${at + 1}`, `v${at}`];
  const isCounted = countsAnew(step) && at + 1 < steps.length;
  const rest = `${isCounted ? `n${countOf[at + 1]}++; ` : ''}${stepsFrom(at + 1, steps, countOf)}`;
  // What the iterator does after a part, going on or closing, is done for its step again.
  const next = `step = ${at}; if (stops) break;`;
  switch (step.kind) {
    case 'map':
      return `step = ${at}; const ${result} = ${fn}(${record}); ${rest}`;
    case 'mapValues':
      return `step = ${at}; const ${part} = ${fn}(${record}[1]), ${result} = [${record}[0], ${part}]; ${rest}`;
    case 'filter':
      return `step = ${at}; if (${fn}(${record})) { const ${result} = ${record}; ${rest} }`;
    case 'flatMap':
      return `step = ${at}; for (const ${result} of iterable(${fn}(${record}))) { ${rest} ${next} }`;
    case 'flatMapValues':
      return (
        `step = ${at}; for (const ${part} of iterable(${fn}(${record}[1]))) ` +
        `{ const ${result} = [${record}[0], ${part}]; ${rest} ${next} }`
      );
  }
}
