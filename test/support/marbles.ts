import { configure } from 'rxjs-marbles';
import type { RunContext } from 'rxjs-marbles/context-run.js';
import { expect } from 'vitest';
import { type BatchMarbles, type BatchMarblesOptions, batchMarbles } from '../../src/testing/batchMarbles.ts';

const { marbles } = configure({
  assertDeepEqual: (actual: unknown, expected: unknown) => expect(actual).toStrictEqual(expected),
  frameworkMatcher: true,
  run: true,
});

/** A marble test on batches: the one place where rxjs-marbles meets Vitest. */
export function batchTest(
  test: (m: RunContext, batches: BatchMarbles) => void,
  options: BatchMarblesOptions = {},
): () => void {
  return marbles((m) => test(m as RunContext, batchMarbles(m as RunContext, options)));
}
