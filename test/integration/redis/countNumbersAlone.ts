/** Counts numbers in a process of its own, to be killed: `countNumbersAlone.ts <url> <key> <leaseMs>`. A line for each batch: its total; at last the code of its error. */
import { redisCheckpoint } from 'rx-dstream/redis';
import { countNumbers, exactTotal } from './countNumbers.ts';

const [redis, key, leaseMs] = process.argv.slice(2) as [string, string, string];
countNumbers(redisCheckpoint({ redis, key, leaseMs: Number(leaseMs) }), (counts) =>
  process.stdout.write(`${exactTotal(counts)}\n`),
).chain.subscribe({ error: (error) => process.stdout.write(`${error.code}\n`) });
