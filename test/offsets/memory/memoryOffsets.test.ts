import { describe, expect, it } from 'vitest';
import { memoryOffsets } from '../../../src/offsets/memory/memoryOffsets.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';

const oneObject = 'its offsets live in one object that nobody else can open';

offsetStoreContract(
  { describe, it, expect },
  {
    name: 'memoryOffsets',
    make: () => memoryOffsets(),
    skip: {
      survivesTheStore: oneObject,
      wholeOrNotAtAll: oneObject,
      seesOthers: oneObject,
      reportsOthers: oneObject,
      reportsLockstep: oneObject,
    },
  },
);

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
