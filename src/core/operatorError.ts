import type { Scope } from './batch/Scope.ts';
import { StreamError } from './errors.ts';
import { reasonOf } from './reasonOf.ts';

/**
 * A user function of `operator` threw: its error as the `cause`, with where it happened. `side` tells the records of several
 * streams apart: `the other stream`.
 */
export function operatorError(
  operator: string,
  cause: unknown,
  scope: Scope,
  position?: number,
  side?: string,
): unknown {
  if (cause instanceof StreamError) return cause;
  const where = position === undefined ? '' : `, record ${position}${side === undefined ? '' : ` of ${side}`}`;
  const reason = reasonOf(cause);
  return new StreamError(
    'OPERATOR_FAILED',
    `${operator}: its function failed in the batch of time ${scope.time}${where}: ${reason}`,
    {
      cause,
      details: {
        operator,
        time: scope.time,
        ...(position === undefined ? {} : { record: position }),
        ...(side === undefined ? {} : { side }),
      },
    },
  );
}

/** Evaluates something of `operator` on arrival; a failure ends the run before it is rethrown. */
export function evaluate<R>(operator: string, scope: Scope, step: () => R): R {
  try {
    return step();
  } catch (error) {
    throw scope.failEvaluation(operatorError(operator, error, scope));
  }
}
