import type { Redis } from 'ioredis';
import { countsKey, STEP } from './countInRedis.ts';

/** How many numbers are committed, if each of them is counted once and no other; else throws. Looks at one moment. */
export async function exactTotal(redis: Redis, group: string): Promise<number> {
  const looked = await redis
    .multi()
    .hgetall(countsKey(group))
    .hget(`rx-dstream:{${group}}:offsets`, 'numbers:0')
    .exec();
  const [[, counts], [, until]] = looked as [[null, Record<string, string>], [null, string | null]];
  const total = Number(until ?? 0);
  const expected = total === 0 ? {} : Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, String(total / 10)]));
  if (
    total % STEP !== 0 ||
    JSON.stringify(Object.entries(counts).sort()) !== JSON.stringify(Object.entries(expected))
  ) {
    throw new Error(`not exact: ${total} numbers are committed, counted are ${JSON.stringify(counts)}`);
  }
  return total;
}
