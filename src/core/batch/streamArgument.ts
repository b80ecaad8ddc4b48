import { isObservable } from 'rxjs';
import { refuse } from '../arguments.ts';

/** An Observable, or `INVALID_ARGUMENT`. */
export function streamArgument(where: string, value: unknown): void {
  if (!isObservable(value)) refuse(where, 'a stream of batches', value, 'Put batchInterval(context) after its source.');
}
