/** A receiver whose process crashes at any step between its sender and its state: what was acknowledged counts, and as often as it was stored. */
import { describe, expect, it } from 'vitest';
import { type Ending, RULES, type Rules, receive } from './received.ts';

/** A busy machine makes the searches slow. */
const PATIENCE = 180_000;

interface Found {
  readonly failure: unknown;
  readonly stories: number;
  /** Records that were stored twice, because the acknowledgement was lost. */
  readonly again: number;
  readonly steps: ReadonlySet<string>;
}

/** Every crash, and another one some steps after it; stops at the first story that went wrong. */
async function search(broken: Partial<Rules>): Promise<Found> {
  const rules = { ...RULES, ...broken };
  const steps = (await receive([], rules)).lives[0] ?? [];
  let again = 0;
  for (const at of steps.keys()) {
    const crashes = [at + 1, 2 + ((at * 7) % 23)];
    const ending: Ending = await receive(crashes, rules);
    again += ending.again;
    if (ending.violations.length > 0)
      return { failure: { crashes, ...ending }, stories: at + 1, again, steps: new Set(steps) };
  }
  return { failure: undefined, stories: steps.length, again, steps: new Set(steps) };
}

describe('what a receiver has acknowledged is processed, whatever crashes when', () => {
  it.each(['values', 'promises'] as const)(
    'every record counts as often as it is in its log, which answers with %s',
    async (log) => {
      const found = await search({ log });
      expect(found.failure).toBeUndefined();
      expect(found.stories).toBeGreaterThan(80);
      expect(found.again).toBeGreaterThan(0);
      for (const step of ['after append', 'before acknowledge', 'before trim', 'after settle', 'before read log'])
        expect(found.steps).toContain(step);
    },
    PATIENCE,
  );

  it.each<[string, Partial<Rules>]>([
    ['a block is acknowledged when it is stored, not before', { acknowledge: 'when received' }],
    ['the log is trimmed when a batch has settled, not before', { trim: 'when cut' }],
  ])(
    'the search fails when one rule is switched off: %s',
    async (_, broken) => {
      expect((await search(broken)).failure).toBeDefined();
    },
    PATIENCE,
  );
});
