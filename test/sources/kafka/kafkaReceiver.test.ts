import { afterEach, describe, expect, it, vi } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { StreamError } from '../../../src/core/errors.ts';
import { memoryOffsets } from '../../../src/index.ts';
import { kafkaReceiver } from '../../../src/kafka.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { FakeKafkaGroup } from '../../support/FakeKafkaGroup.ts';
import { PATIENT } from '../../support/patient.ts';
import { gated, Receiving, type ReceivingOptions } from './receiving.ts';

const receiving: Receiving[] = [];
afterEach(async () => {
  for (const one of receiving.splice(0)) await one.close();
});

function clusterOf(partitions = 1): { kafka: FakeKafkaGroup; lines: ReturnType<FakeKafkaGroup['topic']> } {
  const kafka = new FakeKafkaGroup();
  return { kafka, lines: kafka.topic('lines', partitions) };
}

function begin(kafka: FakeKafkaGroup, options: ReceivingOptions = {}): Promise<Receiving> {
  const one = new Receiving(kafka, options);
  receiving.push(one);
  return one.open();
}

const offsetOf = (kafka: FakeKafkaGroup, partition = 0): number | undefined =>
  kafka.offsets.get(`lines/${partition}`)?.offset;
const eventually = (look: () => boolean): Promise<boolean> => vi.waitUntil(look, PATIENT);

describe('kafkaReceiver', () => {
  it('commits an offset only when the log has answered for what is below it', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b');
    const { log, appends } = gated();
    const one = await begin(kafka, { log });
    await eventually(() => appends.length === 1);
    const beats = kafka.heartbeats;
    await eventually(() => kafka.heartbeats > beats + 5);
    expect([offsetOf(kafka), one.values]).toEqual([0, []]);
    appends[0]?.pass();
    expect(await one.got(2)).toEqual(['a', 'b']);
    await eventually(() => offsetOf(kafka) === 2);
  });

  it('fails the run when the log cannot be written, with nothing committed', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    const { log, appends } = gated();
    const one = await begin(kafka, { log });
    await eventually(() => appends.length === 1);
    appends[0]?.fail(new StreamError('LOG_FAILED', 'the disk is gone'));
    expect((await one.failed()).code).toBe('LOG_FAILED');
    expect(offsetOf(kafka)).toBe(0);
  });

  it('stores and commits what it has before it gives partitions back', async () => {
    const { kafka, lines } = clusterOf();
    const one = await begin(kafka, { blockIntervalMs: 60_000 });
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 1);
    lines[0]?.append('a', 'b');
    kafka.changed();
    await eventually(() => kafka.fetches.at(-1)?.partitions[0]?.position === 2);
    expect(offsetOf(kafka)).toBe(0);
    kafka.rebalance();
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 2);
    expect(kafka.commits.at(-1)).toMatchObject([{ topic: 'lines', partition: 0, offset: 2 }]);
    expect(await one.got(2)).toEqual(['a', 'b']);
  });

  it('forgets what it had not stored when it was thrown out, and gets it again', async () => {
    const { kafka, lines } = clusterOf();
    const one = await begin(kafka, { blockIntervalMs: 60_000 });
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 1);
    lines[0]?.append('a', 'b');
    kafka.changed();
    await eventually(() => kafka.fetches.at(-1)?.partitions[0]?.position === 2);
    const fetches = kafka.fetches.length;
    kafka.throwOut(kafka.members[0] as string);
    await eventually(() => kafka.fetches.slice(fetches).some(({ partitions }) => partitions[0]?.position === 0));
    expect(kafka.commits.flat().every(({ offset }) => offset === 0)).toBe(true);
    await one.drained();
    expect(await one.got(2)).toEqual(['a', 'b']);
  });

  it('does not receive again what is in the log, whatever the group says', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b');
    const log = memoryLog({ name: 'kept', maxBytes: 1e6 });
    const first = await begin(kafka, { log: () => log });
    await first.got(2);
    await eventually(() => offsetOf(kafka) === 2);
    await first.close();
    // As if it had died between log and commit.
    kafka.offsets.set('lines/0', { topic: 'lines', partition: 0, offset: 0 });
    lines[0]?.append('c');
    const second = await begin(kafka, { log: () => log });
    expect(await second.got(1)).toEqual(['c']);
    expect(second.told('DUPLICATES_DROPPED')).toMatchObject([{ count: 2, details: { from: 0, until: 2 } }]);
    await eventually(() => offsetOf(kafka) === 3);
  });

  it('takes the members of a process that died out of the group', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a');
    const log = memoryLog({ name: 'kept', maxBytes: 1e6 });
    const first = await begin(kafka, { log: () => log });
    await first.got(1);
    const [dead] = kafka.members;
    // Its last word is the note of its block: it never leaves.
    const second = await begin(kafka, { log: () => log });
    expect(kafka.left).toContain(dead);
    lines[0]?.append('b');
    kafka.changed();
    expect(await second.got(1)).toEqual(['b']);
  });

  it('shares the partitions among its receivers, each record once', async () => {
    const { kafka, lines } = clusterOf(4);
    const one = await begin(kafka, { receivers: 2 });
    await eventually(
      () => kafka.members.length === 2 && one.told('PARTITIONS_CHANGED').some(({ count }) => count === 2),
    );
    for (const [partition, log] of lines.entries()) log.append(`${partition}a`, `${partition}b`);
    kafka.changed();
    await one.got(8);
    kafka.rebalance();
    for (const [partition, log] of lines.entries()) log.append(`${partition}c`);
    kafka.changed();
    await one.got(12);
    expect([...one.values].sort()).toEqual([0, 1, 2, 3].flatMap((n) => [`${n}a`, `${n}b`, `${n}c`]));
  });

  it('reports a topic that was made anew, and receives it from its beginning', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b', 'c');
    const one = await begin(kafka);
    await one.got(3);
    await eventually(() => offsetOf(kafka) === 3);
    kafka.topic('lines')[0]?.append('x', 'y', 'z', 'and more');
    kafka.changed();
    await one.got(7);
    expect(one.values.slice(3)).toEqual(['x', 'y', 'z', 'and more']);
    expect(one.told('POSITION_RESET')).toMatchObject([{ details: { kind: 'recreated', offset: 0 } }]);
    await eventually(() => offsetOf(kafka) === 4);
  });

  it('reports a topic that ends below its mark, and receives what is there', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b', 'c');
    const one = await begin(kafka);
    await one.got(3);
    if (lines[0]) lines[0].batches = [];
    lines[0]?.append('x');
    kafka.changed();
    await one.got(4);
    expect(one.values.slice(3)).toEqual(['x']);
    expect(one.told('POSITION_RESET')).toMatchObject([{ details: { kind: 'truncated', position: 3 } }]);
  });

  it('fails where records are gone that nobody has received, unless it is told to go on', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b');
    lines[0]?.append('c');
    kafka.offsets.set('lines/0', { topic: 'lines', partition: 0, offset: 0 });
    if (lines[0]) lines[0].logStart = 2;
    lines[0]?.forget(2);
    const failing = await begin(kafka);
    expect(await failing.failed()).toMatchObject({ code: 'DATA_LOST', details: { position: 0, earliest: 2 } });
    await failing.close();
    const going = await begin(kafka, { onDataLost: 'earliest' });
    expect(await going.got(1)).toEqual(['c']);
    expect(going.told('POSITION_RESET')).toMatchObject([{ count: 2 }]);
  });

  it('goes on after every failure of the coordinator that may pass, and tells of it', async () => {
    const { kafka, lines } = clusterOf();
    const one = await begin(kafka);
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 1);
    const down = new StreamError('SOURCE_UNAVAILABLE', 'the broker is down.', { retriable: true });
    kafka.faults.heartbeat.push(down, 16, 15, 14);
    kafka.faults.commit.push(down, 16);
    lines[0]?.append('a');
    kafka.changed();
    expect(await one.got(1)).toEqual(['a']);
    await eventually(() => offsetOf(kafka) === 1 && one.told('RECONNECTED').length > 0);
    expect(one.told('RECONNECTING').length).toBeGreaterThan(0);
    // Thrown out while it joins again, too.
    kafka.faults.join.push(25, 14, 27);
    kafka.faults.heartbeat.push(22);
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 2);
  });

  it('fails when the group does not let it in, and says what to do', async () => {
    const { kafka } = clusterOf();
    kafka.faults.join.push(30);
    const one = await begin(kafka);
    expect(await one.failed()).toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/READ this group/),
    });
  });

  it('starts from a store of its own, and commits there', async () => {
    const { kafka, lines } = clusterOf();
    lines[0]?.append('a', 'b', 'c');
    const offsets = memoryOffsets();
    await promised(() => offsets.commit([{ topic: 'lines', partition: 0, until: 2, expected: undefined }]));
    const one = await begin(kafka, { offsets });
    expect(await one.got(1)).toEqual(['c']);
    const held = () => promised(() => offsets.load({ topics: ['lines'] }));
    await vi.waitUntil(async () => (await held())[0]?.until === 3, PATIENT);
    expect(kafka.commits).toEqual([]);
  });

  it('commits where latest begins, so that nothing is missed before the first block', async () => {
    const { kafka, lines } = clusterOf(2);
    lines[0]?.append('old');
    const one = await begin(kafka, { from: 'latest' });
    await eventually(() => offsetOf(kafka, 0) === 1 && offsetOf(kafka, 1) === 0);
    await one.close();
    lines[0]?.append('new');
    const next = await begin(kafka, { from: 'latest' });
    expect(await next.got(1)).toEqual(['new']);
  });

  it('stores and commits what has come when it is drained, and leaves the group', async () => {
    const { kafka, lines } = clusterOf();
    const one = await begin(kafka, { blockIntervalMs: 60_000 });
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 1);
    lines[0]?.append('a');
    kafka.changed();
    await eventually(() => kafka.fetches.at(-1)?.partitions[0]?.position === 1);
    await one.drained();
    expect([offsetOf(kafka), kafka.members]).toEqual([1, []]);
    expect(await one.got(1)).toEqual(['a']);
  });

  it('refuses what is wrong where it is written', () => {
    const { kafka } = clusterOf();
    const right = { kafka, topics: ['lines'], groupId: 'group', log: 'memory' } as const;
    for (const wrong of [
      { topics: [] },
      { groupId: '' },
      { receivers: 0 },
      { log: undefined },
      { offsets: {} },
      { sessionTimeoutMs: 10 },
      { sessionTimeoutMs: 3000, heartbeatIntervalMs: 2000 },
      { from: 'first' },
    ]) {
      const make = (): unknown => kafkaReceiver({ ...right, ...wrong } as never);
      expect(make, JSON.stringify(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});
