import { filter, merge, type Observable, share } from 'rxjs';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { mapRecords, reduceByKeyAndWindow, unionBatches, updateStateByKey } from '../../../src/operators/index.ts';
import { commitOffsets } from '../../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../../src/runtime/StreamingContext.ts';
import { A, B, checkpointIn, type LogRecord, logSource, storeIn } from './parts.ts';
import type { World } from './World.ts';

export const INTERVAL = 10;
export const WINDOW = 40;
export const SLIDE = 20;

/** Which batches pass the filters; functions of the batch alone, as a repeated batch must behave the same. */
export const sideKeeps = (batch: { readonly time: number; readonly length: number }): boolean => batch.length !== 1;
export const totalsAreSeen = (time: number): boolean => time % 30 !== 0;

export type Kind = 'totals' | 'window' | 'raw';
export const pairOf = ({ key, value }: LogRecord): readonly [string, number] => [key, value];
export const add = (left: number, right: number): number => left + right;
export const subtract = (left: number, right: number): number => left - right;
export const addAll = (values: readonly number[], state: number | undefined): number => values.reduce(add, state ?? 0);

/** What a variant of the search may replace, to switch one rule off. */
export interface Parts {
  readonly checkpoint: (world: World) => CheckpointStore;
  readonly store: (world: World) => OffsetStore;
  readonly source: typeof logSource;
  readonly save: (world: World, chain: Kind) => (batches: Observable<Batch<unknown>>) => Observable<Batch<unknown>>;
  readonly commit: (
    world: World,
    store: OffsetStore,
  ) => (batches: Observable<Batch<unknown>>) => Observable<Batch<unknown>>;
}

export const lawful: Parts = {
  checkpoint: checkpointIn,
  store: storeIn,
  source: logSource,
  save: (world, chain) => foreachBatch((batch) => world.later(`save ${chain}`, () => write(world, chain, batch))),
  commit: (_world, store) => commitOffsets(store),
};

export function write(world: World, chain: Kind, batch: Pick<Batch<unknown>, 'time' | 'records'>): void {
  const { effects, settledTime } = world.outside;
  effects.push({ chain, time: batch.time, records: [...batch.records], settledBefore: settledTime });
}

/**
 * Two sources of unequal rates, a filtered side, a union, state, a sliding window, a shared branch, an asynchronous output, a
 * second chain, one store.
 */
export function pipelineIn(world: World, parts: Parts = lawful): Observable<unknown> {
  const context = new StreamingContext({
    interval: INTERVAL,
    scheduler: world.scheduler,
    checkpoint: parts.checkpoint(world),
    freezeState: true,
    onWarning: () => {},
  });
  const store = parts.store(world);
  const a = parts.source(world, A).pipe(batchInterval(context), share());
  const b = parts.source(world, B).pipe(batchInterval(context));
  const totals = a.pipe(
    filter((batch) => sideKeeps({ time: batch.time, length: batch.records.length })),
    unionBatches(b),
    mapRecords(pairOf),
    updateStateByKey(addAll, { name: 'totals' }),
    filter((batch) => totalsAreSeen(batch.time)),
    parts.save(world, 'totals'),
    parts.commit(world, store),
  );
  const window = a.pipe(
    mapRecords(pairOf),
    reduceByKeyAndWindow(add, {
      inverse: subtract,
      window: WINDOW,
      slide: SLIDE,
      name: 'window',
      filter: ([, v]) => v !== 0,
    }),
    parts.save(world, 'window'),
    parts.commit(world, store),
  );
  return merge(totals, window);
}
