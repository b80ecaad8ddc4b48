import type { KeyedState } from '../state/KeyedState.ts';

/** Deletes what was kept of the times up to `last`. Times were set in rising order, so these are the first ones. */
export function forgetUpTo(kept: KeyedState<number, unknown>, last: number): void {
  for (const { key: time } of kept.cells()) {
    if (time > last) return;
    kept.delete(time);
  }
}
