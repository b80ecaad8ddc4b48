/** Counts numbers in a process of its own, to be killed: `countNumbersAlone.ts <url> <key>`. A line for each batch: its total. */
import { redisCheckpoint } from 'rx-dstream/redis';
import { countNumbers, exactTotal } from './countNumbers.ts';

const [redis, key] = process.argv.slice(2) as [string, string];
countNumbers(redisCheckpoint({ redis, key, leaseMs: 3_600_000 }), (counts) =>
  process.stdout.write(`${exactTotal(counts)}\n`),
).chain.subscribe();
