import type { Observable, OperatorFunction } from 'rxjs';
import { batchStreamInfo } from '../batch/batchStream.ts';

/** Checks an operator's arguments against its input where it is written, if the input is known to be a stream of batches. */
export function checked<A, B>(
  check: (inputSlide: number) => void,
  operator: OperatorFunction<A, B>,
): OperatorFunction<A, B> {
  return (source: Observable<A>) => {
    const info = batchStreamInfo(source);
    if (info !== undefined) check(info.slide);
    return operator(source);
  };
}
