import type { NamedChanges } from '../../../src/checkpoint/CheckpointStore.ts';

const WIDTH = 40;

/** What changes in the batch of a time: in turn 40 keys get this time as their value. */
export function changesAt(time: number): NamedChanges {
  const id = (time - 1) % WIDTH;
  const values = [{ time, filler: 'x'.repeat(time % 100) }];
  const isNew = time <= WIDTH;
  return {
    state: 'last/all',
    version: 0,
    deleted: [],
    changed: isNew ? { ids: [], values: [] } : { ids: [id], values },
    added: isNew ? { ids: [id], keys: [`key ${id}`], values } : { ids: [], keys: [], values: [] },
  };
}

/** The state after the batch of a time, by key. */
export function expectedState(time: number): ReadonlyMap<unknown, unknown> {
  const state = new Map<unknown, unknown>();
  for (let at = Math.max(1, time - WIDTH + 1); at <= time; at++) {
    state.set(`key ${(at - 1) % WIDTH}`, { time: at, filler: 'x'.repeat(at % 100) });
  }
  return state;
}
