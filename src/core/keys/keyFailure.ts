import { shown } from '../arguments.ts';
import type { Batch } from '../batch/Batch.ts';
import { StreamError } from '../errors.ts';
import { operatorError } from '../operatorError.ts';
import { reasonOf } from '../reasonOf.ts';
import { KeyFault } from './KeyFault.ts';
import type { Identify } from './keyIdentity.ts';
import type { Pair } from './Pair.ts';
import { ONE_KEY } from './withOneKey.ts';

/**
 * A user function of `operator` threw while it was given a key and not a record, told by a {@link KeyFault}: its error as the
 * `cause`, with the key, and with the position of the key's first record in the batch, if it has one there. That is searched for
 * now, and costs nothing before.
 */
export function keyFailure<K>(
  operator: string,
  error: unknown,
  batch: Batch<Pair<K, unknown>>,
  identify: Identify<K>,
): unknown {
  if (!(error instanceof KeyFault)) return operatorError(operator, error, batch.scope);
  const { key, cause } = error as KeyFault<K>;
  if (cause instanceof StreamError) return cause;
  if (key === ONE_KEY) return operatorError(operator, cause, batch.scope);
  const { time } = batch;
  const record = firstRecordOf(batch, key, identify);
  const where = `${record === undefined ? '' : `, record ${record}`}, key ${shown(key)}`;
  return new StreamError(
    'OPERATOR_FAILED',
    `${operator}: its function failed in the batch of time ${time}${where}: ${reasonOf(cause)}`,
    { cause, details: { operator, time, ...(record === undefined ? {} : { record }), key } },
  );
}

/** Not found either if it is `identify` that fails for this key. */
function firstRecordOf<K>({ body }: Batch<Pair<K, unknown>>, key: K, identify: Identify<K>): number | undefined {
  let at = 0;
  let found: number | undefined;
  try {
    const identity = identify(key);
    body.run((pair) => {
      if (Object.is(identify(pair[0]), identity)) found = at;
      at++;
      return found === undefined ? undefined : false;
    });
  } catch {
    return undefined;
  }
  return found;
}
