import { defaultIfEmpty, firstValueFrom } from 'rxjs';
import { type Answer, answered } from '../core/Answer.ts';

/** Waits for an answer, whatever its kind; an Observable of nothing may complete without a value. */
export function settledAnswer<T>(ask: () => Answer<T>): Promise<T> {
  return firstValueFrom(answered(ask).pipe(defaultIfEmpty(undefined as T)));
}
