import { shown } from '../arguments.ts';

/** What a narrow operator does with the answer of its function. */
export type StepKind = 'map' | 'filter' | 'flatMap' | 'mapValues' | 'flatMapValues';

/** One narrow operator of a chain: it looks at one record at a time. */
export interface NarrowStep {
  readonly kind: StepKind;
  /** Whose failure it is when `fn` throws. */
  readonly operator: string;
  readonly fn: (input: never) => unknown;
}

/** Whether the records after this step are counted anew, because there may be more or fewer of them than before it. */
export function countsAnew({ kind }: NarrowStep): boolean {
  return kind === 'filter' || kind === 'flatMap' || kind === 'flatMapValues';
}

/** For each step, which of the counts of a reading tells the position of the record that it is given. */
export function countOfEachStep(steps: readonly NarrowStep[]): readonly number[] {
  let count = 0;
  return steps.map((step) => {
    const before = count;
    if (countsAnew(step)) count++;
    return before;
  });
}

/** What the function of a flat step gave, or the reason why it cannot be visited. */
export function iterable(parts: unknown): Iterable<unknown> {
  if (typeof (parts as Iterable<unknown> | null | undefined)?.[Symbol.iterator] === 'function') {
    return parts as Iterable<unknown>;
  }
  throw new TypeError(`expected an array or another iterable, got ${shown(parts)}`);
}
