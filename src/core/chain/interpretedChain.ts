import type { Visit } from '../batch/Batch.ts';
import type { ChainCode, StepFailed } from './ChainCode.ts';
import { countOfEachStep, iterable, type NarrowStep } from './NarrowStep.ts';

/** No step's function is being called: what is thrown now is thrown by the visitor. */
const VISITOR = -1;

/** Runs a chain step by step, with code that all chains share: it is warm when a chain is new. */
export function interpretedChain(steps: readonly NarrowStep[]): ChainCode {
  const kinds = steps.map(({ kind }) => kind);
  const fns = steps.map(({ fn }) => fn as (input: unknown) => unknown);
  const countOf = countOfEachStep(steps);
  // What passes the last step is counted too, though nobody asks: so every step can count what it lets pass.
  const counters = [...countOf, steps.length];

  const visitor = (next: Visit<unknown>, failed: StepFailed): Visit<unknown> => {
    const counts = Array.from({ length: steps.length + 1 }, () => -1);
    let step = VISITOR;

    /** One record, from the step `from` on. */
    const push = (record: unknown, from: number): unknown => {
      let value = record;
      for (let at = from; at < fns.length; at++) {
        const fn = fns[at] as (input: unknown) => unknown;
        step = at;
        switch (kinds[at]) {
          case 'map':
            value = fn(value);
            break;
          case 'filter':
            if (!fn(value)) return undefined;
            count(at + 1);
            break;
          case 'mapValues':
            value = valueMapped(value as readonly unknown[], fn);
            break;
          case 'flatMap':
            return pushAll(fn(value), at, undefined);
          default:
            return pushAll(fn((value as readonly unknown[])[1]), at, value as readonly unknown[]);
        }
      }
      step = VISITOR;
      return next(value);
    };

    const pushAll = (parts: unknown, at: number, pair: readonly unknown[] | undefined): unknown => {
      for (const part of iterable(parts)) {
        count(at + 1);
        const answer = push(pair === undefined ? part : [pair[0], part], at + 1);
        // What the iterator does now, going on or closing, is done for this step again.
        step = at;
        if (answer === false) return false;
      }
      return undefined;
    };

    const count = (at: number): void => {
      const counter = counters[at] as number;
      counts[counter] = (counts[counter] as number) + 1;
    };

    return (record) => {
      try {
        count(0);
        return push(record, 0);
      } catch (error) {
        throw step === VISITOR ? error : failed(error, step, counts[countOf[step] as number] as number);
      }
    };
  };

  return {
    visitor,
    overArray(records, next, failed) {
      const visit = visitor(next, failed);
      for (let at = 0; at < records.length; at++) if (visit(records[at]) === false) return false;
      return undefined;
    },
  };
}

function valueMapped(pair: readonly unknown[], fn: (value: unknown) => unknown): readonly unknown[] {
  const value = fn(pair[1]);
  return [pair[0], value];
}
