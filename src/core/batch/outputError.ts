import { isStreamError, StreamError } from '../errors.ts';
import { reasonOf } from '../reasonOf.ts';

/** An output's effect failed: its error as the `cause`, with the batch and, where it was about one, the record. */
export function outputError(operator: string, time: number, cause: unknown, position?: number): unknown {
  if (isStreamError(cause)) return cause;
  const where = position === undefined ? '' : ` at record ${position}`;
  const reason = reasonOf(cause);
  return new StreamError(
    'OUTPUT_FAILED',
    `${operator}: the output of the batch of time ${time} failed${where}: ${reason}. Nothing of it was committed.`,
    { cause, details: { operator, time, ...(position === undefined ? {} : { record: position }) } },
  );
}
