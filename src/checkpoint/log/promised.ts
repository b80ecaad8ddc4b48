import { isObservable, lastValueFrom } from 'rxjs';
import type { Answer } from '../../core/Answer.ts';

/** An answer as a promise; a thrown call is a rejected one, an Observable of nothing may complete without a value. */
export async function promised<T>(ask: () => Answer<T>): Promise<T> {
  const answer = ask();
  return isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined as T }) : answer;
}
