import { describe, expect, it } from 'vitest';
import { inTurn } from '../../../src/drivers/files/inTurn.ts';

describe('inTurn', () => {
  it('runs tasks of one key one after another, those after a failed one too', async () => {
    const story: string[] = [];
    const task = (name: string, turns: number) => async (): Promise<string> => {
      story.push(`${name} begins`);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      story.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const results = await Promise.allSettled([
      inTurn('k', task('a', 9)),
      inTurn('k', task('b', 3)),
      inTurn('k', task('c', 0)),
    ]);
    expect(story).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not let one key wait for another', async () => {
    let release = (): void => {};
    const slow = inTurn(
      'slow',
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    expect(await inTurn('quick', async () => 'done')).toBe('done');
    release();
    await slow;
  });
});
