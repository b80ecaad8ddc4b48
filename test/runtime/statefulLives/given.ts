import type { Sale } from './Outside.ts';
import { INTERVAL } from './pipeline.ts';

/** The records of a batch time. */
export interface Given {
  readonly time: number;
  readonly a: readonly Sale[];
  readonly b: readonly Sale[];
}

/** What one output should have been given at each time, worked out from all records once, by going through them. */
export type Model = (given: readonly Given[]) => (at: Given) => readonly unknown[];

/** The records of the last `length` batches up to a time. */
export function within(given: readonly Given[], length: number, time: number): readonly Sale[] {
  return given.filter((batch) => batch.time <= time && batch.time > time - length * INTERVAL).flatMap(({ a }) => a);
}

export function groups<V>(pairs: readonly (readonly [string, V])[]): Map<string, V[]> {
  const found = new Map<string, V[]>();
  for (const [key, value] of pairs) found.set(key, [...(found.get(key) ?? []), value]);
  return found;
}

export function put<V>(states: Map<string, V>, key: string, state: V | undefined): void {
  if (state === undefined) states.delete(key);
  else states.set(key, state);
}

/** Goes through all batches once. */
export function replay(
  given: readonly Given[],
  step: (batch: Given) => readonly unknown[],
): (at: Given) => readonly unknown[] {
  const steps = new Map(given.map((batch) => [batch, step(batch)]));
  return (at) => steps.get(at) as readonly unknown[];
}
