import { describe, expect, it } from 'vitest';
import {
  type MemoryOffsets,
  type MemoryTransaction,
  memoryOffsets,
} from '../../../src/offsets/memory/memoryOffsets.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';

offsetStoreContract(
  { describe, it, expect },
  {
    name: 'memoryOffsets',
    make: () => memoryOffsets<string, number>(),
    reopen: (store) => (store as Counters).reopen(),
    owns: true,
    results: {
      add: (counters: MemoryTransaction<string, number>, name, amount) =>
        void counters.set(name, (counters.get(name) ?? 0) + amount),
      read: (store, name) => (store as Counters).results.get(name) ?? 0,
    },
  },
);

type Counters = MemoryOffsets<string, number>;

describe('memoryOffsets', () => {
  it('answers every call at once with a value', () => {
    const store = memoryOffsets();
    expect(store.commit([{ topic: 'lines', partition: 0, until: 3, expected: undefined }])).toEqual({ foreign: [] });
    expect(store.load({})).toEqual([{ topic: 'lines', partition: 0, until: 3 }]);
    expect(store.close()).toBeUndefined();
  });

  it('does not suspect its own commits', () => {
    const store = memoryOffsets();
    store.commit([{ topic: 'lines', partition: 0, until: 3, expected: undefined }]);
    expect(store.commit([{ topic: 'lines', partition: 0, until: 9, expected: 2 }])).toEqual({ foreign: [] });
  });

  it('answers transactions at once too, whose handle shows what was set and shows nobody else', () => {
    const store = memoryOffsets<string, number>();
    store.own();
    const { handle, commit } = store.begin({ time: 1000, repeated: false });
    handle.set('a', 1).set('b', 2).set('a', 3);
    expect([handle.get('a'), handle.has('b'), handle.delete('b'), handle.delete('b'), handle.has('b')]).toEqual([
      3,
      true,
      true,
      false,
      false,
    ]);
    expect(store.results.size).toBe(0);
    expect(commit([])).toEqual({ foreign: [] });
    expect([...store.results]).toEqual([['a', 3]]);
    expect(() => handle.set('late', 1)).toThrow(/expected set\(\.\.\.\) while the transaction is open/);
    const next = store.begin({ time: 2000, repeated: false });
    next.handle.delete('a');
    next.commit([]);
    expect(store.results.size).toBe(0);
  });

  it('takes a partition that is named twice to begin where its lowest range does', () => {
    const store = memoryOffsets();
    store.commit([{ topic: 'lines', partition: 0, until: 5, expected: undefined }]);
    const range = (from: number, until: number) => ({ topic: 'lines', partition: 0, from, until, expected: 5 });
    const twice = store.begin({ time: 1000, repeated: false });
    expect(() => twice.commit([range(7, 9), range(4, 7)])).toThrow(
      expect.objectContaining({ code: 'OFFSET_STORE_FAILED' }),
    );
    const wrong = store.begin({ time: 1000, repeated: true });
    expect(() => wrong.commit([range(-1, 9)])).toThrow(
      /commit\(from of lines 0\): expected a whole number of at least 0/,
    );
    store.begin({ time: 1000, repeated: true }).commit([range(7, 9), range(5, 7)]);
    expect(store.load({})).toEqual([{ topic: 'lines', partition: 0, until: 9 }]);
  });

  it('keeps each store to itself', () => {
    memoryOffsets().commit([{ topic: 'lines', partition: 0, until: 3, expected: undefined }]);
    expect(memoryOffsets().load({})).toEqual([]);
  });

  it('is named for messages', () => {
    expect(memoryOffsets().name).toBe('memory');
    expect(memoryOffsets({ name: 'memory of the first' }).name).toBe('memory of the first');
    expect(() => memoryOffsets({ name: '' })).toThrow(/memoryOffsets\(name\): expected a text that is not empty/);
  });
});
