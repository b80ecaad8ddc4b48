import type { BatchBody } from '../batch/Batch.ts';
import type { Scope } from '../batch/Scope.ts';
import { operatorError } from '../operatorError.ts';
import { type Identify, ownIdentity } from './keyIdentity.ts';

/** Counts how often each record occurs; they come out in order of their first occurrence, which is the one that is given. */
export function countInto<T>(
  operator: string,
  scope: Scope,
  body: BatchBody<T>,
  identify: Identify<T> = ownIdentity,
): Map<unknown, [T, number]> {
  const cells = new Map<unknown, [T, number]>();
  let at = 0;
  try {
    body.run((record) => {
      const identity = identify(record);
      const cell = cells.get(identity);
      if (cell === undefined) cells.set(identity, [record, 1]);
      else cell[1]++;
      at++;
    });
  } catch (error) {
    throw operatorError(operator, error, scope, at);
  }
  return cells;
}
