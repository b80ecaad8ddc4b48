import { appendFileSync, mkdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { batchInterval, days, foreachBatchInTransaction, StreamingContext, seconds } from 'rx-dstream';
import { tailFile } from 'rx-dstream/file';
import { redisOffsets } from 'rx-dstream/redis';

// npm run example -- examples/recommendations.ts redis://127.0.0.1:6379 [FILE of lines "user item"]
const [url = 'redis://127.0.0.1:6379', file] = process.argv.slice(2);
const candidates = file ?? '.demo/candidates.log';
const offsets = redisOffsets({ redis: url, group: 'recommendations' });
const redis = new Redis(url);

tailFile(candidates, { offsets })
  .pipe(
    batchInterval(new StreamingContext({ interval: seconds(1) })),
    // What was recommended before is read, what is new is written with the offsets: all of it, once, or nothing. Between the two nobody
    // else writes: a pipeline that was overtaken meanwhile cannot commit. Its time is that of the batch, the same when a batch comes again.
    foreachBatchInTransaction(offsets, async ({ records, time }, transaction) => {
      const itemsOf = new Map<string, Set<string>>();
      for (const [user, item] of records.map((line) => line.split(' '))) {
        if (user && item) itemsOf.set(user, (itemsOf.get(user) ?? new Set()).add(item));
      }
      const marks = [...itemsOf].map(([user, items]) => redis.zmscore(`recommended:${user}`, ...items));
      let fresh = 0;
      for (const [user, items] of itemsOf) {
        const before = (await marks.shift()) ?? [];
        const key = `recommended:${user}`;
        for (const [i, item] of [...items].entries()) {
          if (Number(before[i] ?? -Infinity) > time - days(3)) continue;
          transaction.zadd(key, time, item).xadd('recommendations', 'user', user, 'item', item);
          fresh++;
        }
        transaction.zremrangebyscore(key, '-inf', time - days(3)).pexpire(key, days(3));
      }
      if (records.length > 0) console.log(`${fresh} of ${records.length} are new`);
    }),
  )
  .subscribe();

// Somebody else's recommender: it says the same again and again.
if (file === undefined) {
  mkdirSync('.demo', { recursive: true });
  const any = (...of: string[]): string => of[Math.floor(Math.random() * of.length)] as string;
  setInterval(() => {
    appendFileSync(candidates, `${any('ann', 'bob', 'eve')} ${any('tea', 'jam', 'milk', 'bread', 'salt')}\n`);
  }, 100);
}
