/** What is written in the transaction of its offsets is there once, whatever crashes when: the same search, without a single repetition. */
import { describe, expect, it } from 'vitest';
import { loggedIn } from './loggedIn.ts';
import type { Parts } from './pipeline.ts';
import { type Story, simulate } from './simulate.ts';
import { transactional } from './transactional.ts';

/** A busy machine makes the searches slow. */
const PATIENCE = 180_000;

/** Every story with a crash; every third one has another crash some steps after it. */
async function crashes(base: Omit<Story, 'crashes'>): Promise<readonly Story[]> {
  const steps = (await simulate({ ...base, crashes: [] })).lives[0] ?? [];
  return steps.map((_, at) => ({ ...base, crashes: at % 3 === 0 ? [at + 1, 2 + ((at * 7) % 23)] : [at + 1] }));
}

/** What the first story that went wrong shows. */
async function firstFailure(stories: readonly Story[]): Promise<unknown> {
  for (const story of stories) {
    const { violations, repeats, lives } = await simulate(story);
    if (violations.length > 0 || repeats > 0) return { violations, repeats, lastStep: lives[0]?.at(-1), story };
  }
  return undefined;
}

describe('results in the transaction of their offsets are there exactly once', () => {
  it.each<[string, Omit<Story, 'crashes'>]>([
    ['contracts that answer at once', { delay: 0 }],
    ['contracts that take their time', { delay: 1 }],
    ['a clock that was set back meanwhile', { delay: 0, downtime: -35 }],
    ['a checkpoint that is a log', { delay: 0, parts: { ...transactional(), checkpoint: loggedIn } }],
  ])(
    'after a crash at any step, and another one while recovering: %s',
    async (_, base) => {
      const stories = await crashes({ parts: transactional(), ...base });
      expect(stories.length).toBeGreaterThan(150);
      expect(await firstFailure(stories)).toBeUndefined();
    },
    PATIENCE,
  );

  it(
    'after a failure of any call, retried in the same process',
    async () => {
      const base = { crashes: [], delay: 0, parts: transactional() };
      const steps = (await simulate(base)).lives[0] ?? [];
      // The last ones are the end of a life: nobody retries what fails after its stream has completed.
      const last = steps.lastIndexOf('after settle');
      const every = steps.slice(0, last).map((_, at): Story => ({ ...base, failAt: at + 1 }));
      expect(await firstFailure(every)).toBeUndefined();
    },
    PATIENCE,
  );

  it.each<[string, Parts]>([
    ['a store recognises what it has committed', transactional(() => false)],
    ['only a batch of that very time', transactional(({ repeated }) => repeated)],
  ])(
    'the search fails when one rule is switched off: %s',
    async (_, parts) => {
      expect(await firstFailure(await crashes({ delay: 0, parts }))).toBeDefined();
    },
    PATIENCE,
  );
});
