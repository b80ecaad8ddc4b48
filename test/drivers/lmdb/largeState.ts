/**
 * A program: `mapWithState` over 10,000 keys with states of 10,000 characters each, 100 MB in all, under a checkpoint in a folder, which it goes
 * on from. Arguments: the folder, how many batches of 1,000 records, how many states in memory (all of them if 0). Prints what all
 * states are together after the last batch.
 */
import { join } from 'node:path';
import { batchInterval, foreachBatch, mapWithState, type Pair, StreamingContext, stateSnapshots } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import { lmdbValues } from 'rx-dstream/lmdb';
import { testSource } from 'rx-dstream/testing';

interface Kept {
  readonly count: number;
  readonly text: string;
}

const [folder = '', batches = '0', cached = '0'] = process.argv.slice(2);
const KEYS = 10_000;
const RECORDS = 1000;
const script = Array.from({ length: Number(batches) }, (_, batch) =>
  Array.from({ length: RECORDS }, (__, n): Pair<number, number> => [(batch * RECORDS + n) % KEYS, batch]),
);
const values = lmdbValues({ folder: join(folder, 'scratch'), cachedValues: Math.max(1, Number(cached)) });
let last = 0;
let told = '';

testSource(script)
  .pipe(
    batchInterval(new StreamingContext({ interval: 5, checkpoint: fileCheckpoint(join(folder, 'checkpoint')) })),
    mapWithState<Pair<number, number>, Kept, number>(
      (key, batch, state) => {
        const count = (state.getOption()?.count ?? 0) + 1;
        last = batch ?? 0;
        state.update({ count, text: `${key} in ${batch} `.padEnd(10_000, 'x') });
        return last;
      },
      { name: 'large', ...(cached === '0' ? {} : { values }) },
    ),
    stateSnapshots(),
    foreachBatch((batch) => {
      if (last < script.length - 1) return;
      let keys = 0;
      let counts = 0;
      let wrong = 0;
      batch.forEach(([key, { count, text }]) => {
        keys++;
        counts += count;
        if (!text.startsWith(`${key} in `) || text.length !== 10_000) wrong++;
      });
      told = JSON.stringify({ keys, counts, wrong });
    }),
  )
  .subscribe({ complete: () => console.log(told) });
