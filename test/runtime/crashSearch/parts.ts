import type { CheckpointContents, CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { partitionKey } from '../../../src/core/OffsetRange.ts';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import type { Source, SourceObservable } from '../../../src/sources/Source.ts';
import { sourceObservable } from '../../../src/sources/sourceObservable.ts';
import type { World } from './World.ts';

/** A record of a simulated log. */
export interface LogRecord {
  readonly source: string;
  readonly at: number;
  readonly key: string;
  readonly value: number;
}

/** A log that grows with time and ends: `perTick` records become readable every 10 ms. */
export interface Log {
  readonly name: string;
  readonly length: number;
  readonly perTick: number;
}

export const A: Log = { name: 'a', length: 17, perTick: 2.5 };
export const B: Log = { name: 'b', length: 5, perTick: 0.6 };

export function recordAt(source: string, at: number): LogRecord {
  return { source, at, key: 'xyz'[(at * 7 + source.length) % 3] as string, value: at + 1 };
}

/** A replayable source over a log. */
export function logSource(world: World, log: Log): SourceObservable<LogRecord> {
  return sourceObservable<LogRecord>((): Source<LogRecord> => {
    let next = 0;
    return {
      name: log.name,
      replayable: true,
      wakes: false,
      open: ({ position }) =>
        world.call(`open ${log.name}`, () => {
          next = (position as number | undefined) ?? 0;
        }),
      cut: (_time, _limit) =>
        world.call(`cut ${log.name}`, () => {
          const from = next;
          next = Math.max(from, Math.min(log.length, Math.floor((world.now / 10) * log.perTick)));
          const data = [from, next] as const;
          const offsets = [{ topic: log.name, partition: 0, from, until: next }];
          return { cut: { data, offsets, position: next }, empty: from === next, last: next === log.length };
        }),
      read: ({ data }) =>
        world.call(`read ${log.name}`, () => {
          const [from, until] = data as readonly [number, number];
          return Array.from({ length: until - from }, (_, i) => recordAt(log.name, from + i));
        }),
      settled: () => world.call(`settled ${log.name}`, () => undefined),
      close: () => world.call(`close ${log.name}`, () => undefined),
    };
  });
}

/** The durable checkpoint of the outside, reached by calls that can crash; it writes the history down. */
export function checkpointIn(world: World): CheckpointStore {
  const { outside } = world;
  return {
    name: 'simulated',
    durable: true,
    load: () => world.call('load', () => outside.checkpoint.load() as CheckpointContents),
    plan: (batch) =>
      world.call('plan', () => {
        outside.checkpoint.plan(batch);
        const ranges = new Map(batch.cuts.map(({ source, cut }) => [source, cut.data as readonly [number, number]]));
        outside.plans.push({ time: batch.time, ranges });
      }),
    settle: (settlement) =>
      world.call('settle', () => {
        outside.checkpoint.settle(settlement);
        outside.settledTime = settlement.time;
      }),
    close: () => undefined,
  };
}

/** The offset store of the outside. */
export function storeIn(world: World): OffsetStore {
  const { outside } = world;
  return {
    name: 'simulated',
    load: () =>
      world.call('load offsets', () =>
        [...outside.committed].map(([key, until]) => ({ topic: key.slice(2), partition: 0, until })),
      ),
    commit: (offsets) =>
      world.call('commit', () => {
        outside.commits.push({ offsets, effects: outside.effects.length });
        for (const offset of offsets) {
          const key = partitionKey(offset);
          outside.committed.set(key, Math.max(offset.until, outside.committed.get(key) ?? 0));
        }
        return { foreign: [] };
      }),
    close: () => undefined,
  };
}
