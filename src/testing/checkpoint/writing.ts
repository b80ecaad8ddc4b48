import type { CheckpointStore, NamedChanges, PlannedBatch, Settlement } from '../../checkpoint/CheckpointStore.ts';
import { promised } from '../../core/Answer.ts';
import { type ErrorCode, isStreamError } from '../../core/errors.ts';
import type { Cut } from '../../sources/Source.ts';
import type { KeptEntry } from './kept.ts';

/** The changes of a state in rows, which are shorter to write. */
export interface ChangeRows {
  readonly deleted?: readonly number[];
  readonly changed?: readonly (readonly [id: number, value: unknown])[];
  readonly added?: readonly KeptEntry[];
  readonly version?: number;
  readonly replaces?: boolean;
}

/** A batch with a cut of each of these sources. */
export function batchAt(time: number, cuts: Readonly<Record<string, Cut>> = {}): PlannedBatch {
  return { time, cuts: Object.entries(cuts).map(([source, cut]) => ({ source, cut })) };
}

/** A cut as sources with positions make them. */
export function cutOf(topic: string, from: number, until: number): Cut {
  const offsets = [{ topic, partition: 0, from, until }];
  return { data: [from, until], offsets, records: until - from, position: { until } };
}

export function changesOf(state: string, rows: ChangeRows): NamedChanges {
  const { deleted = [], changed = [], added = [], version = 0, replaces } = rows;
  return {
    state,
    version,
    ...(replaces === undefined ? {} : { replaces }),
    deleted,
    changed: { ids: changed.map(([id]) => id), values: changed.map(([, value]) => value) },
    added: {
      ids: added.map(([id]) => id),
      keys: added.map(([, key]) => key),
      values: added.map(([, , value]) => value),
    },
  };
}

export function plan(store: CheckpointStore, batch: PlannedBatch): Promise<void> {
  return promised(() => store.plan(batch));
}

/** Settles the batch of a time, which was planned. */
export function settle(store: CheckpointStore, time: number, settlement: Partial<Settlement> = {}): Promise<void> {
  return promised(() => store.settle({ positions: [], states: [], ...settlement, time }));
}

/** Plans a batch of nothing and settles it with these changes. */
export async function change(
  store: CheckpointStore,
  time: number,
  states: Readonly<Record<string, ChangeRows>>,
  settlement: Partial<Settlement> = {},
): Promise<void> {
  await plan(store, batchAt(time));
  await settle(store, time, {
    ...settlement,
    states: Object.entries(states).map(([state, rows]) => changesOf(state, rows)),
  });
}

/** What a call failed with: the code, or what came instead. */
export async function refusal(act: () => Promise<unknown>): Promise<ErrorCode | string> {
  try {
    await act();
  } catch (error) {
    return isStreamError(error) ? error.code : `no StreamError: ${error}`;
  }
  return 'no failure';
}
