import { describe, expect, it } from 'vitest';
import { type BrokenRule, brokenRules } from './brokenRules.ts';
import { lawful, type Parts } from './pipeline.ts';
import { type Outcome, type Story, simulate } from './simulate.ts';

/** Every story in which the process crashes once, and those in which it crashes again while it recovers. */
function* stories(base: Omit<Story, 'crashes'>, secondCrashes: readonly number[]): Generator<Story> {
  const steps = simulate({ ...base, crashes: [] }).lives[0]?.length ?? 0;
  for (let first = 1; first <= steps; first++) {
    yield { ...base, crashes: [first] };
    for (const second of secondCrashes) yield { ...base, crashes: [first, second] };
  }
}

function describeFailure({ crashes, failAt }: Story, { violations, lives }: Outcome): string {
  if (failAt !== undefined) return `failure at step ${failAt} (${lives[0]?.[failAt - 1]}): ${violations.join('; ')}`;
  const where = crashes.map((at, life) => `${at} (${lives[life]?.[at - 1] ?? 'never reached'})`).join(', then ');
  return `crash at step ${where}: ${violations.join('; ')}`;
}

/** Lives all stories through; answers how many, how many outputs were repeated, and the first failures. */
function search(all: Iterable<Story>): { stories: number; repeats: number; failures: readonly string[] } {
  let count = 0;
  let repeats = 0;
  const failures: string[] = [];
  for (const story of all) {
    const outcome = simulate(story);
    count++;
    repeats += outcome.repeats;
    if (outcome.violations.length > 0) failures.push(describeFailure(story, outcome));
  }
  return { stories: count, repeats, failures };
}

/** Stops at the first story that shows the rule to be needed. */
function firstFailure({ parts, breakRuntime, needsClockSetBack }: BrokenRule): string | undefined {
  const mend = breakRuntime?.();
  try {
    for (const delay of [0, 1]) {
      const whole: Parts = { ...lawful, ...parts };
      const base = { delay, parts: whole, downtime: needsClockSetBack ? -35 : 25 };
      const untouched = simulate({ ...base, crashes: [] });
      if (untouched.violations.length > 0) return describeFailure({ ...base, crashes: [] }, untouched);
      for (const story of stories(base, [])) {
        const outcome = simulate(story);
        if (outcome.violations.length > 0) return describeFailure(story, outcome);
      }
    }
    return undefined;
  } finally {
    mend?.();
  }
}

describe('after a crash at any step, and another one while recovering, everything is as if nothing had happened', () => {
  const second = [2, 3, 5, 9, 14, 21];

  it.each([
    { name: 'contracts that answer at once', delay: 0, downtime: 25 },
    { name: 'contracts that take their time', delay: 1, downtime: 25 },
    { name: 'a restart within the same interval', delay: 1, downtime: 0 },
    { name: 'a clock that was set back meanwhile', delay: 0, downtime: -35 },
  ])('with $name', ({ delay, downtime }) => {
    const found = search(stories({ delay, downtime }, second));

    expect(found.failures.slice(0, 5)).toEqual([]);
    expect(found.stories).toBeGreaterThan(1000);
    expect(found.repeats).toBeGreaterThan(0);
  });
});

describe('retry is recovery', () => {
  it.each([0, 1])(
    'after a failure at any step the same process goes on as if nothing had happened (answers after %i ms)',
    (delay) => {
      const steps = simulate({ crashes: [], delay }).lives[0]?.length ?? 0;
      const every = Array.from({ length: steps }, (_, step): Story => ({ crashes: [], delay, failAt: step + 1 }));
      const found = search(every);

      expect(found.failures.slice(0, 5)).toEqual([]);
      expect(found.repeats).toBeGreaterThan(0);
    },
  );
});

describe('the search fails when one rule is switched off', () => {
  it.each(brokenRules)('$rule', (rule) => {
    expect(firstFailure(rule)).toBeTypeOf('string');
  });
});
