import { describe, expect, it } from 'vitest';
import { startOffsets } from '../../../src/sources/kafka/startOffsets.ts';

const zero = { topic: 'lines', partition: 0 };
const one = { topic: 'lines', partition: 1 };
const position = { topics: { lines: { id: 'a', partitions: [[0, 7, 3]] as const } } };
const committed = [{ topic: 'lines', partition: 0, until: 5 }];

describe('a partition starts', () => {
  it('where the checkpoint says, whatever store and options say', () => {
    const starts = startOffsets(position, committed, 'latest');
    expect(starts.origin).toBe('checkpoint');
    expect(starts.of(zero)).toEqual({ offset: 7, topicId: 'a', leaderEpoch: 3 });
  });

  it('else where the store says, whatever the options say', () => {
    const starts = startOffsets(undefined, committed, 'latest');
    expect(starts.origin).toBe('store');
    expect(starts.of(zero)).toEqual({ offset: 5 });
  });

  it('else where the options say', () => {
    for (const from of ['earliest', 'latest', { timestampMs: 5 }] as const) {
      const starts = startOffsets(undefined, [], from);
      expect([starts.origin, starts.of(zero), starts.of(one)]).toEqual(['options', { spec: from }, { spec: from }]);
    }
    const named = startOffsets(undefined, [], [{ ...zero, offset: 3 }]);
    expect([named.of(zero), named.of(one)]).toEqual([{ offset: 3 }, { spec: 'earliest' }]);
  });

  it('at its beginning, if it has appeared since, unless the options name its offset', () => {
    expect(startOffsets(position, [], 'latest').of(one)).toEqual({ spec: 'earliest' });
    expect(startOffsets(undefined, committed, 'latest').of(one)).toEqual({ spec: 'earliest' });
    expect(startOffsets(undefined, committed, [{ ...one, offset: 2 }]).of(one)).toEqual({ offset: 2 });
  });
});
