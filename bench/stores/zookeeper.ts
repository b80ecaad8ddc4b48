import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OffsetCommit, OffsetStore } from 'rx-dstream';
import { fileOffsets } from 'rx-dstream/file';
import { redisOffsets } from 'rx-dstream/redis';
import { zookeeperOffsets } from 'rx-dstream/zookeeper';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { type Contender, interleaved } from '../measure/interleaved.ts';
import { type NodesByHand, nodesByHand } from './nodesByHand.ts';

/** A commit of 10 and of 200 partitions: ZooKeeper's beside the ways by hand over the same client, and the other stores. */
export const bench: Bench = async () => {
  const { BENCH_ZOOKEEPER: zookeeper = '', BENCH_REDIS: redis = '' } = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-bench-'));
  const byHand = await nodesByHand(zookeeper);
  try {
    const rows: BenchRow[] = [];
    for (const partitions of [10, 200]) {
      const group = `bench-${partitions}`;
      const stores = {
        ours: zookeeperOffsets({ zookeeper, group }),
        redis: redisOffsets({ redis, group }),
        file: fileOffsets({ path: join(folder, `${group}.json`) }),
      };
      rows.push(await row(partitions, stores, byHand));
      for (const store of Object.values(stores)) await store.close();
    }
    return rows;
  } finally {
    byHand.close();
    rmSync(folder, { recursive: true });
  }
};

async function row(
  partitions: number,
  { ours, redis, file }: Readonly<Record<'ours' | 'redis' | 'file', OffsetStore>>,
  byHand: NodesByHand,
): Promise<BenchRow> {
  const commits = Math.ceil(2000 / partitions);
  await ours.own?.();
  await byHand.make(partitions);
  const repeated = (commit: (until: number) => unknown): Contender => {
    let at = 0;
    return {
      async work() {
        for (let i = 0; i < commits; i++) await commit(++at);
        return commits;
      },
    };
  };
  const of = (store: OffsetStore): Contender => repeated((until) => store.commit(commitOf(partitions, until)));
  const rates = await interleaved(
    {
      ours: of(ours),
      multi: repeated((until) => byHand.multi(partitions, until)),
      each: repeated((until) => byHand.each(partitions, until)),
      redis: of(redis),
      file: of(file),
    },
    { rounds: 7, warmUp: 2 },
  );
  return {
    name: `stores-zookeeper-${partitions}`,
    unit: 'commits/s',
    ours: Math.round(rates.ours.median),
    peers: {
      'multi by hand, not fenced, may go down': Math.round(rates.multi.median),
      'setData of each node by hand, neither whole nor fenced': Math.round(rates.each.median),
      redisOffsets: Math.round(rates.redis.median),
      fileOffsets: Math.round(rates.file.median),
    },
    notes: [`${partitions} partitions a commit, one commit after another; a single ZooKeeper, synced to disk`],
  };
}

function commitOf(partitions: number, until: number): readonly OffsetCommit[] {
  const expected = until === 1 ? undefined : until - 1;
  return Array.from({ length: partitions }, (_, partition) => ({ topic: 'lines', partition, until, expected }));
}
