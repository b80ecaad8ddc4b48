import { describe, expect, it } from 'vitest';
import type { FetchPartition } from '../../../../src/drivers/kafka/KafkaDriver.ts';
import { fetchCall } from '../../../../src/drivers/kafka/wire/fetchCall.ts';
import { WireReader } from '../../../../src/drivers/kafka/wire/WireReader.ts';
import { WireWriter } from '../../../../src/drivers/kafka/wire/WireWriter.ts';

const asked = [0, 1].map((partition): FetchPartition => {
  return { topic: 'lines', topicId: '', partition, position: 5, leaderEpoch: 0, maxBytes: 1000 };
});

/** What the call makes of an answer without partitions. */
function answerOf({ throttledMs, code }: { throttledMs: number; code: number }) {
  const call = fetchCall(asked, { maxWaitMs: 0, minBytes: 1, maxBytes: 1000, isolation: 'read_committed' });
  const body = new WireWriter()
    .int32(throttledMs)
    .int16(code)
    .int32(0)
    .array([], () => undefined);
  return call.read(new WireReader(body.written(), 'Fetch'));
}

describe('an answer to a fetch that has no partitions', () => {
  it('of a client that has used up its quota is a fault of each that passes', () => {
    const fault = { name: 'THROTTLING_QUOTA_EXCEEDED', retriable: true, staleMetadata: false };
    expect(answerOf({ throttledMs: 1500, code: 0 })).toMatchObject([
      { topic: 'lines', partition: 0, error: fault },
      { topic: 'lines', partition: 1, error: fault },
    ]);
  });

  it('with a fault of its own is that fault of each', () => {
    expect(answerOf({ throttledMs: 0, code: 70 })).toMatchObject(
      asked.map(({ partition }) => ({ partition, error: { name: 'FETCH_SESSION_ID_NOT_FOUND' } })),
    );
  });

  it('and says no reason is left to be found wrong', () => {
    expect(answerOf({ throttledMs: 0, code: 0 })).toEqual([]);
  });
});
