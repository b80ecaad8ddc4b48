import { afterEach, describe, expect, it, vi } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { kafkaFault } from '../../../src/drivers/kafka/kafkaFault.ts';
import { memoryOffsets } from '../../../src/index.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { FakeKafkaGroup } from '../../support/FakeKafkaGroup.ts';
import { PATIENT } from '../../support/patient.ts';
import { gated, Receiving, type ReceivingOptions } from './receiving.ts';

const receiving: Receiving[] = [];
afterEach(async () => {
  for (const one of receiving.splice(0)) await one.close();
});

function begin(kafka: FakeKafkaGroup, options: ReceivingOptions = {}): Promise<Receiving> {
  const one = new Receiving(kafka, options);
  receiving.push(one);
  return one.open();
}

const eventually = (look: () => boolean): Promise<boolean> => vi.waitUntil(look, PATIENT);
const committedAt = (kafka: FakeKafkaGroup, partition = 0): number | undefined =>
  kafka.offsets.get(`lines/${partition}`)?.offset;
const lastOffset = (offset: number) => ({ topic: 'lines', partition: 0, offset });

function keptLog(): Pick<ReceivingOptions, 'log'> {
  const log = memoryLog({ name: 'kept', maxBytes: 1e6 });
  return { log: () => log };
}

/** A log that has a, b and c, of which the group knows the first only. */
async function aheadOfItsGroup(kafka: FakeKafkaGroup): Promise<Pick<ReceivingOptions, 'log'>> {
  const kept = keptLog();
  const first = await begin(kafka, kept);
  await first.got(3);
  await first.close();
  kafka.offsets.set('lines/0', lastOffset(1));
  return kept;
}

describe('where kafkaReceiver goes on', () => {
  it('is never below its mark because a new leader does not know all of its log yet', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    for (const value of ['a', 'b', 'c']) lines?.append(value);
    const kept = await aheadOfItsGroup(kafka);
    const all = lines?.batches ?? [];
    const asked = vi.spyOn(kafka, 'listOffsets');
    if (lines) lines.batches = all.slice(0, 2);
    const second = await begin(kafka, kept);
    await eventually(() => asked.mock.calls.length >= 2);
    if (lines) lines.batches = all;
    lines?.append('d');
    kafka.changed();
    expect(await second.got(1)).toEqual(['d']);
    expect(second.told('POSITION_RESET')).toEqual([]);
  });

  it('is the first offset there is where the log of the topic ends below its mark, and that is told', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    for (const value of ['a', 'b', 'c']) lines?.append(value);
    const kept = await aheadOfItsGroup(kafka);
    if (lines) lines.batches = lines.batches.slice(0, 2);
    const second = await begin(kafka, kept);
    expect(await second.got(2)).toEqual(['a', 'b']);
    expect(second.told('POSITION_RESET')).toMatchObject([{ details: { kind: 'truncated', position: 3, offset: 0 } }]);
  });

  it('is the beginning of every partition of a topic made anew, though its store knows no ids of topics', async () => {
    const kafka = new FakeKafkaGroup();
    for (const log of kafka.topic('lines', 3)) log.append('old', 'older');
    const kept = { ...keptLog(), offsets: memoryOffsets() };
    const first = await begin(kafka, kept);
    await first.got(6);
    const held = async () => (await promised(() => kept.offsets.load({}))).reduce((sum, { until }) => sum + until, 0);
    await vi.waitUntil(async () => (await held()) === 6, PATIENT);
    await first.close();
    for (const [partition, log] of kafka.topic('lines', 3).entries())
      log.append(`${partition}a`, `${partition}b`, `${partition}c`);
    const second = await begin(kafka, kept);
    await second.got(9);
    expect([...second.values].sort()).toEqual(['0a', '0b', '0c', '1a', '1b', '1c', '2a', '2b', '2c']);
    expect(second.told('POSITION_RESET')).toHaveLength(3);
  });

  it('is not kept from being found by an offset of the group for a topic that it does not read', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    for (const value of ['a', 'b']) lines?.append(value);
    kafka.offsets.set('lines/0', lastOffset(1));
    const committed = kafka.committed.bind(kafka);
    const error = kafkaFault(88);
    vi.spyOn(kafka, 'committed').mockImplementation(async () => {
      const other = { topic: 'others', partition: 0, error };
      return [other, ...((await committed()) as object[])] as never;
    });
    expect(await (await begin(kafka)).got(1)).toEqual(['b']);
  });

  it('is behind the last record for a timestamp that no record is as young as', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    lines?.append('old');
    const one = await begin(kafka, { from: { timestampMs: 1 } });
    await eventually(() => committedAt(kafka) === 1);
    lines?.append('new');
    kafka.changed();
    expect(await one.got(1)).toEqual(['new']);
  });

  it('is behind holes and empty batches, and that is committed', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    for (const value of ['a', 'gone', 'b']) lines?.append(value);
    lines?.append({ records: [], lastOffsetDelta: 4 });
    lines?.append('c');
    lines?.append({ records: [], lastOffsetDelta: 1 });
    if (lines) lines.batches = lines.batches.filter(({ base }) => base !== 1);
    const one = await begin(kafka);
    expect(await one.got(3)).toEqual(['a', 'b', 'c']);
    await eventually(() => committedAt(kafka) === 11);
  });
});

describe('a member of the group of kafkaReceiver', () => {
  it('says that it lives while a slow log takes what it has to store before it gives partitions back', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    lines?.append('a');
    const { log, appends } = gated();
    const one = await begin(kafka, { log });
    await eventually(() => appends.length === 1);
    const [member] = kafka.members;
    kafka.rebalance();
    await eventually(() => kafka.rebalancesTold > 0);
    const beats = kafka.heartbeats;
    await eventually(() => kafka.heartbeats > beats + 5);
    appends[0]?.pass();
    await eventually(() => one.told('PARTITIONS_CHANGED').length === 2);
    expect([committedAt(kafka), kafka.members]).toEqual([1, [member]]);
  });

  it('says so too while it stores the last before it leaves', async () => {
    const kafka = new FakeKafkaGroup();
    const [lines] = kafka.topic('lines');
    lines?.append('a');
    const { log, appends } = gated();
    const one = await begin(kafka, { log });
    await eventually(() => appends.length === 1);
    const drained = one.drained();
    const beats = kafka.heartbeats;
    await eventually(() => kafka.heartbeats > beats + 5);
    appends[0]?.pass();
    await drained;
    expect([committedAt(kafka), kafka.members]).toEqual([1, []]);
    const last = kafka.heartbeats;
    await new Promise((resolve) => setImmediate(resolve));
    expect(kafka.heartbeats).toBe(last);
  });
});
