import { describe, expect, it } from 'vitest';
import { brokenLogRules } from './brokenLogRules.ts';
import { type BrokenRule, brokenRules } from './brokenRules.ts';
import { loggedIn } from './loggedIn.ts';
import { lawful, type Parts } from './pipeline.ts';
import { type Outcome, type Story, simulate } from './simulate.ts';

/** Steps after a start at which the process crashes again while it recovers. */
const SECOND = [2, 3, 5, 9, 14, 21];

/** With so many of them for each first crash, another choice each time; `CRASHES=6` takes all. */
const CRASHES = Math.min(Number(process.env.CRASHES ?? 1), SECOND.length);

/** Every story in which the process crashes once, and those in which it crashes again while it recovers. */
async function* stories(base: Omit<Story, 'crashes'>, again: number): AsyncGenerator<Story> {
  const steps = (await simulate({ ...base, crashes: [] })).lives[0]?.length ?? 0;
  for (let first = 1; first <= steps; first++) {
    yield { ...base, crashes: [first] };
    for (let n = 0; n < again; n++) yield { ...base, crashes: [first, SECOND[(first + n) % SECOND.length] as number] };
  }
}

function describeFailure({ crashes, failAt }: Story, { violations, lives }: Outcome): string {
  if (failAt !== undefined) return `failure at step ${failAt} (${lives[0]?.[failAt - 1]}): ${violations.join('; ')}`;
  const where = crashes.map((at, life) => `${at} (${lives[life]?.[at - 1] ?? 'never reached'})`).join(', then ');
  return `crash at step ${where}: ${violations.join('; ')}`;
}

interface Found {
  readonly stories: number;
  readonly repeats: number;
  readonly failures: readonly string[];
}

/** Lives all stories through; answers how many, how many outputs were repeated, and the first failures. */
async function search(all: Iterable<Story> | AsyncIterable<Story>): Promise<Found> {
  let count = 0;
  let repeats = 0;
  const failures: string[] = [];
  for await (const story of all) {
    const outcome = await simulate(story);
    count++;
    repeats += outcome.repeats;
    if (outcome.violations.length > 0) failures.push(describeFailure(story, outcome));
  }
  return { stories: count, repeats, failures };
}

/** Stops at the first story that shows the rule to be needed. */
async function firstFailure({ parts, breakRuntime, needsClockSetBack }: BrokenRule): Promise<string | undefined> {
  const mend = breakRuntime?.();
  try {
    for (const delay of [0, 1]) {
      const whole: Parts = { ...lawful, ...parts };
      const base = { delay, parts: whole, downtime: needsClockSetBack ? -35 : 25 };
      const untouched = await simulate({ ...base, crashes: [] });
      if (untouched.violations.length > 0) return describeFailure({ ...base, crashes: [] }, untouched);
      for await (const story of stories(base, 0)) {
        const outcome = await simulate(story);
        if (outcome.violations.length > 0) return describeFailure(story, outcome);
      }
    }
    return undefined;
  } finally {
    mend?.();
  }
}

/** A busy machine makes the searches slow. */
const PATIENCE = 180_000;

describe('after a crash at any step, and another one while recovering, everything is as if nothing had happened', () => {
  it.each([
    { name: 'contracts that answer at once', delay: 0, downtime: 25 },
    { name: 'contracts that take their time', delay: 1, downtime: 25 },
    { name: 'a restart within the same interval', delay: 1, downtime: 0 },
    { name: 'a clock that was set back meanwhile', delay: 0, downtime: -35 },
  ])(
    'with $name',
    async ({ delay, downtime }) => {
      const found = await search(stories({ delay, downtime }, CRASHES));

      expect(found.failures.slice(0, 5)).toEqual([]);
      expect(found.stories).toBeGreaterThan(150 * (1 + CRASHES));
      expect(found.repeats).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});

describe('retry is recovery', () => {
  it.each([0, 1])(
    'after a failure at any step the same process goes on as if nothing had happened (answers after %i ms)',
    async (delay) => {
      const steps = (await simulate({ crashes: [], delay })).lives[0]?.length ?? 0;
      const every = Array.from({ length: steps }, (_, step): Story => ({ crashes: [], delay, failAt: step + 1 }));
      const found = await search(every);

      expect(found.failures.slice(0, 5)).toEqual([]);
      expect(found.repeats).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});

describe('the same with a checkpoint that is a log, in a storage that loses what was not yet safe', () => {
  const logged: Parts = { ...lawful, checkpoint: loggedIn };
  const isOfTheLog = (step: string): boolean => /append|publish|remove/.test(step);

  it(
    'after a crash at any step and another one while recovering, merging included',
    async () => {
      const base = { delay: 0, parts: logged };
      const steps = (await simulate({ ...base, crashes: [] })).lives[0] ?? [];
      const twice = steps.map((_, at): Story => ({ ...base, crashes: [at + 1, 1 + ((at * 7) % 60)] }));
      const found = await search(twice);

      expect(found.failures.slice(0, 5)).toEqual([]);
      expect(found.repeats).toBeGreaterThan(0);
      expect(new Set(steps)).toContain('amid remove');
    },
    PATIENCE,
  );

  it(
    'after a failure of any call of the storage, in the same process',
    async () => {
      const base = { crashes: [], delay: 0, parts: logged };
      const steps = (await simulate(base)).lives[0] ?? [];
      const every = steps.flatMap((step, at): Story[] => (isOfTheLog(step) ? [{ ...base, failAt: at + 1 }] : []));
      const found = await search(every);

      expect(found.failures.slice(0, 5)).toEqual([]);
      expect(found.repeats).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});

describe('the search fails when one rule is switched off', () => {
  it.each([...brokenRules, ...brokenLogRules])(
    '$rule',
    async (rule) => {
      expect(await firstFailure(rule)).toBeTypeOf('string');
    },
    PATIENCE,
  );
});
