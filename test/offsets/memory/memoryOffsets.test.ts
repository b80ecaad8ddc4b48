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
