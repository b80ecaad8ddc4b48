import type { Bench, BenchRow } from '../measure/Bench.ts';
import { type Contender, interleaved, type Rates } from '../measure/interleaved.ts';
import { randomFrom } from '../measure/random.ts';
import type { Join, Keyed, Sides } from './Join.ts';
import { ours } from './ours.ts';
import { listsByHand, nestedLoop, uniqueByHand } from './peers.ts';

const RECORDS = 10_000;
const BATCHES = 10;

/**
 * Joins of 10,000 records with 10,000, by text keys that both sides have in their own order: each key once, and each four times
 * on either side, which gives 40,000 records. Beside joins by hand in the same run.
 */
export const bench: Bench = async () => {
  const unique = batchesOf(RECORDS);
  const repeated = batchesOf(RECORDS / 4);
  const peers = { 'Map join by hand, lists': listsByHand };
  return [
    await row('join-unique', unique, RECORDS, { ...peers, 'Map join by hand, unique': uniqueByHand }),
    await row('join-repeated', repeated, RECORDS * 4, peers),
    await row('join-nested', unique.slice(0, 1), RECORDS, { 'nested loop': nestedLoop }, 3),
  ];
};

async function row(
  name: string,
  batches: readonly Sides[],
  matches: number,
  peers: Readonly<Record<string, Join>>,
  rounds = 15,
): Promise<BenchRow> {
  const contenders = Object.entries({ 'rx-dstream': ours, ...peers });
  const rates = await interleaved(
    Object.fromEntries(contenders.map(([peer, make]) => [peer, over(make, batches, matches)])),
    { rounds, warmUp: Math.min(rounds, 4) },
  );
  const { 'rx-dstream': mine, ...others } = rates as Record<string, Rates>;
  const figure = mine as Rates;
  const byCpu = Object.entries(others).map(
    ([peer, { perCpuSecond }]) => `${peer} ${(figure.perCpuSecond / perCpuSecond).toFixed(2)} x`,
  );
  return {
    name,
    unit: 'input records/s',
    ours: Math.round(figure.median),
    peers: Object.fromEntries(Object.entries(others).map(([peer, { median }]) => [peer, Math.round(median)])),
    notes: [
      `in processor time ours is: ${byCpu.join(', ')}`,
      `${((2 * RECORDS * 1000) / figure.median).toFixed(2)} ms for a batch of ${RECORDS} x ${RECORDS}, ${matches} matches`,
    ],
  };
}

/** A contender that checks what it joined: how many, and the sum of both sides. */
function over(make: Join, batches: readonly Sides[], matches: number): Contender {
  let count = 0;
  let difference = 0;
  const run = make((joined) => {
    count += joined.length;
    for (const [, [left, right]] of joined) difference += left - right;
  });
  return {
    async work() {
      count = 0;
      difference = 0;
      await run(batches);
      if (count !== matches * batches.length || difference !== 0)
        throw new Error(`joins: ${count} matches of ${matches * batches.length}, off by ${difference}`);
      return 2 * RECORDS * batches.length;
    },
  };
}

/** A value belongs to its key, so that the values of a match are equal. */
function batchesOf(keys: number): readonly Sides[] {
  const random = randomFrom(42);
  const side = (batch: number): Keyed[] => {
    const all = Array.from({ length: RECORDS }, (_, n): Keyed => {
      const key = batch * keys + (n % keys);
      return [`user-${key.toString(36)}`, key];
    });
    return shuffled(all, random);
  };
  return Array.from({ length: BATCHES }, (_, batch) => ({ left: side(batch), right: side(batch) }));
}

function shuffled<T>(records: T[], random: () => number): T[] {
  for (let at = records.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [records[at], records[other]] = [records[other] as T, records[at] as T];
  }
  return records;
}
