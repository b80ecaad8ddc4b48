import { expect, it } from 'vitest';
import { accountLine } from '../../../examples/kafkaAccount/drawUp.ts';
import { liveAndDie } from '../../../examples/kafkaAccount/liveAndDie.ts';
import { kafkaBrokers, skipUnless } from '../services.ts';

skipUnless('kafka')('the account', () => {
  it('has every record at least once after twenty kills, repeated only where a batch had not settled', {
    timeout: 300_000,
  }, async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`SEED=${seed} repeats this run's kills`);
    const log: string[] = [];
    const account = await liveAndDie({
      brokers: kafkaBrokers(),
      kills: 20,
      midBatch: 0.5,
      random: randomFrom(seed),
      log: (line) => log.push(line),
    });
    console.log(accountLine(account));
    expect(account.wrong, log.join('\n')).toEqual([]);
    expect(account.missing).toBe(0);
    // Kills in the middle of batches leave repeats: without any, nothing was put to the test.
    expect(account.repeated).toBeGreaterThan(0);
    expect(account.produced).toBeGreaterThan(1000);
  });
});

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
