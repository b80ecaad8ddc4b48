import { createHash } from 'node:crypto';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { corpus } from '../measure/corpus.ts';
import { type Contender, interleaved, type Rates } from '../measure/interleaved.ts';
import { runOthers } from './others.ts';
import { ours } from './ours.ts';
import { arrays, bufferedArrays, fusedFunctions, fusedLoop, grouped, perRecord } from './peers.ts';
import type { WordCount } from './WordCount.ts';

const LINES = 10_000;
const WORDS = 10;

type Batches = readonly (readonly string[])[];

/**
 * Word count over batches of 10,000 lines of 10 words, a quarter of them different in each batch: split, pair, reduce by key,
 * give the pairs out. All pipelines run on from round to round. The last row is taken after four other pipelines have run in the
 * same process, so that no operator has one use only.
 */
export const bench: Bench = async () => {
  const all = corpus({ batches: 10, linesPerBatch: LINES, wordsPerLine: WORDS, vocabulary: 100_000 });
  const answer = await sameAnswer({ fusedLoop, ours, arrays, bufferedArrays, perRecord, grouped, fusedFunctions }, all);
  const rates = await interleaved(
    {
      'rx-dstream': over(ours, all),
      'RxJS arrays': over(arrays, all),
      'RxJS bufferCount, arrays': over(bufferedArrays, all),
      'RxJS per-record reduce': over(perRecord, all),
      'fused loop with functions': over(fusedFunctions, all),
      'fused loop': over(fusedLoop, all),
    },
    { rounds: 15, warmUp: 3 },
  );
  const few = all.slice(0, 2);
  const slow = await interleaved(
    { 'rx-dstream': over(ours, few), 'RxJS groupBy': over(grouped, few) },
    { rounds: 5, warmUp: 1 },
  );
  await runOthers(all, 5);
  const among = await interleaved(
    { 'rx-dstream': over(ours, all), 'fused loop': over(fusedLoop, all) },
    { rounds: 11, warmUp: 3 },
  );
  return [
    row('wordcount', rates, answer),
    row('wordcount-groupby', slow, answer),
    row('wordcount-among-others', among, answer),
  ];
};

function row(name: string, rates: Readonly<Record<string, Rates>>, answer: string): BenchRow {
  const { 'rx-dstream': mine, ...others } = rates;
  const ours = mine as Rates;
  const byCpu = Object.entries(others).map(
    ([peer, { perCpuSecond }]) => `${peer} ${(ours.perCpuSecond / perCpuSecond).toFixed(2)} x`,
  );
  return {
    name,
    unit: 'words/s',
    ours: Math.round(ours.median),
    peers: Object.fromEntries(Object.entries(others).map(([peer, { median }]) => [peer, Math.round(median)])),
    notes: [`in processor time ours is: ${byCpu.join(', ')}`, `same counts everywhere: ${answer}`],
  };
}

function over(wordCount: WordCount, batches: Batches): Contender {
  let total = 0;
  const count = wordCount((counts) => {
    for (const [, n] of counts) total += n;
  });
  return {
    async work() {
      total = 0;
      await count(batches);
      const words = batches.length * LINES * WORDS;
      if (total !== words) throw new Error(`wordcount: counted ${total} of ${words} words`);
      return words;
    },
  };
}

/** Refuses to go on unless all count alike; answers the digest of the counts. */
async function sameAnswer(contenders: Readonly<Record<string, WordCount>>, batches: Batches): Promise<string> {
  const answers = new Map<string, string>();
  for (const [name, wordCount] of Object.entries(contenders)) {
    const hash = createHash('sha256');
    const count = wordCount((counts) => {
      hash.update(
        [...counts]
          .map(([word, n]) => `${word}\t${n}`)
          .sort()
          .join('\n'),
      );
    });
    await count(batches.slice(0, 2));
    answers.set(name, hash.digest('hex').slice(0, 12));
  }
  if (new Set(answers.values()).size > 1)
    throw new Error(`wordcount: different counts: ${JSON.stringify([...answers])}`);
  return [...answers.values()][0] ?? '';
}
