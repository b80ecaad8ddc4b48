import type { Link, Visit } from './Batch.ts';
import { operatorError } from './operatorError.ts';
import type { Scope } from './Scope.ts';

/** Visits what `fn` gives for each record, without joining it; stops as soon as the visitor does. */
export function flatLink<T, U>(operator: string, scope: Scope, fn: (record: T) => Iterable<U>): Link<T, U> {
  return (next) => {
    let at = 0;
    return (record) => {
      let parts: Iterable<U>;
      let isArray: boolean;
      try {
        parts = fn(record);
        isArray = Array.isArray(parts);
        if (!isArray) parts = stepwise(parts);
      } catch (error) {
        throw operatorError(operator, error, scope, at);
      }
      at++;
      if (!isArray) return visitSteps(parts, next, (error) => operatorError(operator, error, scope, at - 1));
      // In place, not in a function that all operators share: what it calls can then be inlined.
      const array = parts as readonly U[];
      for (let i = 0; i < array.length; i++) if (next(array[i] as U) === false) return false;
      return undefined;
    };
  };
}

/** An iterator's own failure belongs to the operator, the visitor's does not. */
function visitSteps<U>(parts: Iterable<U>, next: Visit<U>, failed: (error: unknown) => unknown): unknown {
  const iterator = parts[Symbol.iterator]();
  for (;;) {
    let step: IteratorResult<U>;
    try {
      step = iterator.next();
    } catch (error) {
      throw failed(error);
    }
    if (step.done === true) return undefined;
    let goesOn = false;
    try {
      goesOn = next(step.value) !== false;
    } finally {
      if (!goesOn) iterator.return?.();
    }
    if (!goesOn) return false;
  }
}

function stepwise<U>(parts: Iterable<U>): Iterable<U> {
  if (typeof parts?.[Symbol.iterator] === 'function') return parts;
  throw new TypeError(`expected an array or another iterable, got ${parts === null ? 'null' : typeof parts}`);
}
