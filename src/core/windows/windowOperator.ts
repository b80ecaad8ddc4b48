import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../batch/Batch.ts';
import { type BatchScan, scanBatches } from '../state/BatchScan.ts';
import { checked } from './checked.ts';
import type { WindowSpan } from './windowSpan.ts';

/** A stateful operator whose result has the slide of a window; window and slide are checked where it is written. */
export function windowOperator<A, B>(
  span: WindowSpan,
  open: BatchScan<A, B>['open'],
): OperatorFunction<Batch<A>, Batch<B>> {
  const { operator, name, shape, slide, check } = span;
  return checked(check, scanBatches({ operator, name, shape, ...(slide === undefined ? {} : { slide }), check, open }));
}
