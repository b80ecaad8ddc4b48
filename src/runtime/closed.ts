import { type Answer, answered } from '../core/Answer.ts';

/** Closes something and goes on when it is closed; also when it could not be, which `failed` is told first. */
export function closed(close: () => Answer<void>, failed: (cause: unknown) => void, then: () => void): void {
  answered(close).subscribe({
    error: (cause) => {
      failed(cause);
      then();
    },
    complete: then,
  });
}
