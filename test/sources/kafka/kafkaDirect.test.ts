import { afterEach, describe, expect, it, vi } from 'vitest';
import { StreamError } from '../../../src/core/errors.ts';
import { encodeMarker } from '../../drivers/kafka/encodeRecordBatch.ts';
import { FakeKafkaDriver } from '../../support/fakeKafkaDriver.ts';
import { PATIENT } from '../../support/patient.ts';
import { closeAll, Session } from './session.ts';

afterEach(closeAll);

function clusterOf(partitions = 1): { kafka: FakeKafkaDriver; lines: ReturnType<FakeKafkaDriver['topic']> } {
  const kafka = new FakeKafkaDriver();
  return { kafka, lines: kafka.topic('lines', partitions) };
}

const untils = (cut: { readonly offsets?: readonly { from: number; until: number }[] }) =>
  cut.offsets?.map(({ from, until }) => [from, until]);

describe('a cut of kafkaDirect', () => {
  it('goes for every partition from the cut before to the end of the log, and reads exactly that', async () => {
    const { kafka, lines } = clusterOf(3);
    lines[0]?.append('a', 'b');
    lines[2]?.append('c');
    const session = await Session.open(kafka);
    const first = await session.cut();
    expect(untils(first.cut)).toEqual([
      [0, 2],
      [0, 0],
      [0, 1],
    ]);
    lines[0]?.append('d');
    const second = await session.cut();
    expect(untils(second.cut)).toEqual([
      [2, 3],
      [0, 0],
      [1, 1],
    ]);
    expect(await session.read(second.cut)).toEqual(['d']);
    expect(await session.read(first.cut)).toEqual(['a', 'b', 'c']);
    expect(await session.cut()).toMatchObject({ empty: true, more: false, cut: { records: 0 } });
  });

  it('has plain data and a position that goes through JSON', async () => {
    const { kafka, lines } = clusterOf(2);
    lines[0]?.append('a', 'b');
    const session = await Session.open(kafka);
    const { cut } = await session.next();
    const position = JSON.parse(JSON.stringify(cut.position));
    expect(position).toEqual({
      topics: {
        lines: {
          id: kafka.topicIds.get('lines'),
          partitions: [
            [0, 2, 0],
            [1, 0, 0],
          ],
        },
      },
    });
    await session.close();
    lines[0]?.append('c');
    const again = await Session.open(kafka, {}, position);
    expect(again.reports.map(({ code, message }) => [code, message])).toEqual([
      ['RESUMED', 'kafka:lines: goes on with lines[0] at 2, lines[1] at 0, as the checkpoint says.'],
    ]);
    expect(await again.read(JSON.parse(JSON.stringify(cut)))).toEqual(['a', 'b']);
    expect((await again.next()).values).toEqual(['c']);
  });

  it('ends where read_committed ends, and goes on when the transaction is over', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    lines[0]?.append({ records: [{ value: 'aborted' }], transactional: true, producerId: 7 });
    if (lines[0]) lines[0].lastStable = 1;
    const session = await Session.open(kafka);
    expect((await session.next()).values).toEqual(['a']);
    expect(untils((await session.cut()).cut)).toEqual([[1, 1]]);
    const marker = encodeMarker(2, 7, 'abort');
    lines[0]?.batches.push({ base: 2, end: 3, bytes: marker });
    lines[0]?.append('b');
    if (lines[0]) {
      lines[0].lastStable = undefined;
      lines[0].aborted = [{ producerId: 7, firstOffset: 1 }];
    }
    expect((await session.next()).values).toEqual(['b']);
    expect(session.reports).toEqual([]);
  });

  it('keeps to the rate of a partition, over the interval and under a drain trigger', async () => {
    const { kafka, lines } = clusterOf(2);
    for (const partition of lines) partition.append(...Array.from({ length: 100 }, (_, i) => `${i}`));
    const session = await Session.open(kafka, { maxRatePerPartition: 50 });
    expect(untils((await session.cut(200)).cut)).toEqual([
      [0, 10],
      [0, 10],
    ]);
    expect(untils((await session.cut(1)).cut)).toEqual([
      [10, 11],
      [10, 11],
    ]);
    await session.close();
    const draining = await Session.open(kafka, { maxRatePerPartition: 50 });
    await vi.waitUntil(async () => {
      await draining.cut(0, 1000, 0);
      return draining.wakes > 0;
    }, PATIENT);
    const { cut } = await draining.cut(0, 1000, 200);
    expect(untils(cut)).toEqual([
      [0, 10],
      [0, 10],
    ]);
    const later = await draining.cut(0, 1000, 60_000);
    // What was not used adds up to one second, no more.
    expect(untils(later.cut)).toEqual([
      [10, 60],
      [10, 60],
    ]);
  });

  it('keeps to the records and bytes of a batch', async () => {
    const { kafka, lines } = clusterOf();
    for (let i = 0; i < 100; i++) lines[0]?.append('x'.repeat(1000));
    const records = await Session.open(kafka, { maxRecordsPerBatch: 30 });
    const sizes = await Promise.all(
      [records.cut(), records.cut(100, 20), records.cut()].map(async (cut) => (await cut).cut.records),
    );
    expect(sizes).toEqual([30, 20, 30]);
    const bytes = await Session.open(kafka, { maxBytesPerBatch: 10_000 });
    // Nobody knows how big they are until some were fetched.
    await bytes.next();
    expect((await bytes.cut()).cut.records).toBe(9);
  });
});

describe('kafkaDirect while a broker is away', () => {
  it('cuts nothing, tells so once, and goes on when it is back', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    const session = await Session.open(kafka);
    await session.next();
    kafka.down.add(1);
    lines[0]?.append('b');
    for (let i = 0; i < 5; i++) expect(await session.cut()).toMatchObject({ empty: true });
    await session.reported('RECONNECTING');
    kafka.down.clear();
    expect((await session.next()).values).toEqual(['b']);
    await session.reported('RECONNECTED');
    expect(session.reports.map(({ code }) => code)).toEqual(['RECONNECTING', 'RECONNECTED']);
  });

  it('does not wait for a silent broker when it cuts; the other partitions go on', async () => {
    const { kafka, lines } = clusterOf(2);
    if (lines[1]) lines[1].leader = 2;
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    kafka.frozen.add(2);
    for (const [i, partition] of lines.entries()) partition.append(`${i}`);
    const first = await session.next();
    expect(untils(first.cut)).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(first.values).toEqual(['0']);
    const told = async () => {
      await session.cut();
      return session.reports.find(({ code }) => code === 'RECONNECTING');
    };
    expect((await vi.waitUntil(told, PATIENT)).message).toContain('broker 2');
    kafka.frozen.clear();
    kafka.changed();
    expect((await session.next()).values).toEqual(['1']);
  });

  it('reads a planned cut from whoever leads the partition now', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b');
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    const { cut } = await session.cut();
    kafka.down.add(1);
    const reading = session.read(cut);
    await session.reported('RECONNECTING');
    Object.assign(lines[0] as object, { leader: 3, leaderEpoch: 1 });
    expect(await reading).toEqual(['a', 'b']);
    expect(kafka.fetches.at(-1)?.node).toBe(3);
  });

  it('reads the partitions that have a leader while others have none', async () => {
    const { kafka, lines } = clusterOf(2);
    for (const [i, partition] of lines.entries()) partition.append(`${i}`);
    Object.assign(lines[1] as object, { leader: -1 });
    const session = await Session.open(kafka);
    expect((await session.next()).values).toEqual(['0']);
    expect((await session.reported('RECONNECTING')).message).toContain('lines[1]');
    Object.assign(lines[1] as object, { leader: 2 });
    expect((await session.next()).values).toEqual(['1']);
    await session.reported('RECONNECTED');
  });

  it('a fault of one partition does not keep the others waiting', async () => {
    const { kafka, lines } = clusterOf(2);
    for (const [i, partition] of lines.entries()) partition.append(`${i}`);
    lines[0]?.faults.push(6, 74, 75, 5);
    const session = await Session.open(kafka);
    expect((await session.next()).values).toEqual(['0', '1']);
  });

  it('fails with what a broker refuses for good', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    lines[0]?.faults.push(29);
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    const { cut } = await session.cut();
    await expect(session.read(cut)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('TOPIC_AUTHORIZATION_FAILED'),
    });
    expect(await session.failure()).toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('asks again when an answer breaks the protocol, and fails when that does not end', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    const broken = () => new StreamError('DATA_CORRUPT', 'Fetch: the answer is cut.');
    kafka.failures.push(broken(), broken());
    expect((await (await Session.open(kafka)).next()).values).toEqual(['a']);
    kafka.failures.push(...Array.from({ length: 5 }, broken));
    const session = await Session.open(kafka);
    const { cut } = await session.cut();
    await expect(session.read(cut)).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it('starts when Kafka can be reached, or fails in the time set', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    kafka.isUnreachable = true;
    const failing = new Session({ kafka, openTimeoutMs: 50 });
    await expect(failing.open()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', retriable: true });
    await failing.close();
    const opening = Session.open(kafka);
    await vi.waitUntil(() => kafka.metadataCalls > 5, PATIENT);
    kafka.isUnreachable = false;
    expect((await (await opening).next()).values).toEqual(['a']);
  });
});

describe('kafkaDirect and bytes that are not as they should be', () => {
  it('a corrupt batch is an error, or left out and counted', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b');
    lines[0]?.append('c', 'd', 'e');
    lines[0]?.append('f');
    const second = lines[0]?.batches[1]?.bytes as Buffer;
    second[70] = (second[70] as number) ^ 1;
    const failing = await Session.open(kafka);
    const { cut } = await failing.cut();
    await expect(failing.read(cut)).rejects.toMatchObject({ code: 'DATA_CORRUPT', details: { offset: 2 } });
    const skipping = await Session.open(kafka, { onCorrupt: 'skip' });
    expect((await skipping.next()).values).toEqual(['a', 'b', 'f']);
    expect(await skipping.reported('DATA_CORRUPT')).toMatchObject({ count: 3 });
  });

  it('bytes that are no batch at all fail the read, and nothing hangs', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.batches.push({ base: 0, end: 5, bytes: Buffer.alloc(100, 0xff) });
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    const { cut } = await session.cut();
    await expect(session.read(cut)).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it('holes and empty batches are passed and counted', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    lines[0]?.append({ records: [], lastOffsetDelta: 4 });
    lines[0]?.append('b');
    lines[0]?.append('gone');
    lines[0]?.append('c');
    lines[0]?.batches.splice(3, 1);
    const session = await Session.open(kafka);
    expect((await session.next()).values).toEqual(['a', 'b', 'c']);
    expect(await session.reported('OFFSET_GAP')).toMatchObject({ count: 6 });
  });

  it('a hole at the end of the log is passed too', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    lines[0]?.append('gone');
    const end = lines[0]?.end as number;
    Object.defineProperty(lines[0] as object, 'end', { value: end });
    lines[0]?.batches.pop();
    const session = await Session.open(kafka);
    const { cut, values } = await session.next();
    expect(untils(cut)).toEqual([[0, 2]]);
    expect(values).toEqual(['a']);
  });
});

describe('kafkaDirect when records are gone', () => {
  it('says so at the start', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b', 'c');
    if (lines[0]) lines[0].logStart = 2;
    const from = [{ topic: 'lines', partition: 0, offset: 1 }];
    expect(await (await Session.open(kafka, { from })).failure()).toMatchObject({
      code: 'DATA_LOST',
      details: { kind: 'expired' },
    });
    const latest = await Session.open(kafka, { from, onDataLost: 'latest' });
    await latest.cut();
    expect(await latest.reported('POSITION_RESET')).toMatchObject({ count: 2, details: { offset: 3 } });
  });

  it('a range that was planned and is gone fails its read, or is left out and counted', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    lines[0]?.append('b');
    lines[0]?.append('c');
    const failing = await Session.open(kafka, { prefetchBytes: 0 });
    const going = await Session.open(kafka, { prefetchBytes: 0, onDataLost: 'earliest' });
    const [one, other] = [await failing.cut(), await going.cut()];
    Object.assign(lines[0] as object, { logStart: 2 });
    lines[0]?.forget(2);
    await expect(failing.read(one.cut)).rejects.toMatchObject({
      code: 'DATA_LOST',
      details: { position: 0, earliest: 2 },
    });
    expect(await going.read(other.cut)).toEqual(['c']);
    expect(await going.reported('RECORDS_DROPPED')).toMatchObject({ count: 2 });
  });

  it('a log that lost its end is told from one that is only behind', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    lines[0]?.append('b');
    const session = await Session.open(kafka);
    await session.next();
    lines[0]?.batches.pop();
    expect(await session.failure()).toMatchObject({
      code: 'DATA_LOST',
      details: { kind: 'truncated', position: 2, latest: 1 },
    });
  });

  it('a planned range of a recreated topic is never read from the new one', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('old');
    const session = await Session.open(kafka, { prefetchBytes: 0, onDataLost: 'earliest' });
    const { cut } = await session.cut();
    const [anew] = kafka.topic('lines');
    anew?.append('new', 'newer');
    expect(await session.read(cut)).toEqual([]);
    expect(await session.reported('RECORDS_DROPPED')).toMatchObject({ count: 1, details: { kind: 'recreated' } });
    expect((await session.next()).values).toEqual(['new', 'newer']);
    expect(await session.reported('POSITION_RESET')).toMatchObject({ details: { kind: 'recreated', offset: 0 } });
  });

  it('a cut of a topic that nobody selects any more is read all the same', async () => {
    const { kafka } = clusterOf();
    kafka.topic('words')[0]?.append('w');
    const before = await Session.open(kafka, { topics: ['words'] });
    const { cut } = await before.cut();
    const after = await Session.open(kafka, { topics: ['lines'] });
    expect(await after.read(cut)).toEqual(['w']);
    expect(untils((await after.cut()).cut)).toEqual([[0, 0]]);
  });
});

describe('kafkaDirect fetches ahead', () => {
  it('while nobody reads, within its budget, and what a read wants whatever the budget', async () => {
    const { kafka, lines } = clusterOf(2);
    for (let i = 0; i < 50; i++) for (const partition of lines) partition.append('x'.repeat(10_000));
    const session = await Session.open(kafka, { prefetchBytes: 100_000, maxRecordsPerBatch: 4 });
    const fetched = () => kafka.fetches.reduce((sum, { bytes }) => sum + bytes, 0);
    const cuts = [(await session.cut()).cut];
    await vi.waitUntil(() => fetched() > 40_000, PATIENT);
    while (cuts.length < 25) cuts.push((await session.cut(1)).cut);
    const before = fetched();
    expect(before).toBeLessThan(200_000);
    const read: number[] = [];
    for (const cut of cuts) read.push((await session.read(cut)).length);
    expect(read).toEqual(cuts.map(() => 4));
    expect(fetched()).toBeGreaterThan(before);
  });

  it('nothing with a budget of 0 until a read wants it', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    const { cut } = await session.cut();
    await session.cut();
    expect(kafka.fetches).toEqual([]);
    expect(await session.read(cut)).toEqual(['a']);
  });

  it('asks one broker one thing at a time, for all its partitions', async () => {
    const { kafka, lines } = clusterOf(6);
    for (const [i, partition] of lines.entries()) {
      Object.assign(partition, { leader: 1 + (i % 2) });
      partition.append(`${i}`);
    }
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    expect((await session.next()).values).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(kafka.fetches.map(({ node, partitions }) => [node, partitions.length])).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });
});

describe('kafkaDirect lets go', () => {
  it('of a read that waits and of every request when its run ends', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    const session = await Session.open(kafka, { prefetchBytes: 0 });
    const { cut } = await session.cut();
    kafka.frozen.add(1);
    const reading = session.read(cut);
    await vi.waitUntil(() => kafka.fetches.length > 0, PATIENT);
    session.abort();
    await expect(reading).rejects.toThrow('the run has ended');
    const calls = kafka.fetches.length + kafka.metadataCalls;
    await session.close();
    expect(kafka.fetches.length + kafka.metadataCalls).toBe(calls);
    // A driver that was handed in is closed by whoever made it.
    expect(kafka.isClosed).toBe(false);
  });
});
