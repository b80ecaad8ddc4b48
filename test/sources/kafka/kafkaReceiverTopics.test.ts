import { afterEach, describe, expect, it, vi } from 'vitest';
import { StreamError } from '../../../src/core/errors.ts';
import { memoryOffsets, type OffsetStore } from '../../../src/index.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { FakeKafkaGroup } from '../../support/FakeKafkaGroup.ts';
import { FakePartition } from '../../support/fakeKafkaDriver.ts';
import { PATIENT } from '../../support/patient.ts';
import { Receiving, type ReceivingOptions } from './receiving.ts';

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

function remove(kafka: FakeKafkaGroup, topic: string): void {
  kafka.topicIds.delete(topic);
  kafka.partitions.delete(topic);
  kafka.changed();
}

describe('the topics of kafkaReceiver', () => {
  it('are read from the beginning of a partition that appears while it runs, though it began with the latest', async () => {
    const kafka = new FakeKafkaGroup();
    const lines = kafka.topic('lines') as FakePartition[];
    lines[0]?.append('old');
    const one = await begin(kafka, { from: 'latest' });
    await eventually(() => kafka.offsets.get('lines/0')?.offset === 1);
    const added = new FakePartition();
    added.append('first', 'second');
    lines.push(added);
    kafka.changed();
    expect(await one.got(2)).toEqual(['first', 'second']);
  });

  it('end the run once they are gone for too long, or are waited for', async () => {
    const kafka = new FakeKafkaGroup();
    kafka.topic('lines')[0]?.append('a');
    const failing = await begin(kafka, { openTimeoutMs: 30 });
    await failing.got(1);
    remove(kafka, 'lines');
    expect(await failing.failed()).toMatchObject({ code: 'TOPIC_MISSING', details: { topic: 'lines' } });
    await failing.close();
    const again = new FakeKafkaGroup();
    again.topic('lines')[0]?.append('a');
    const waiting = await begin(again, { openTimeoutMs: 30, onMissingTopic: 'wait' });
    await waiting.got(1);
    remove(again, 'lines');
    const asked = again.metadataCalls;
    await eventually(() => again.metadataCalls > asked + 5);
    again.topic('lines')[0]?.append('b', 'c');
    again.changed();
    expect((await waiting.got(3)).slice(1)).toEqual(['b', 'c']);
  });
});

describe('a store of its own', () => {
  /** A store whose next calls fail with this. */
  function failing(): OffsetStore & { readonly failures: { load: unknown[]; commit: unknown[] } } {
    const store = memoryOffsets();
    const failures: { load: unknown[]; commit: unknown[] } = { load: [], commit: [] };
    const call = async <R>(kind: 'load' | 'commit', work: () => R): Promise<R> => {
      const failure = failures[kind].shift();
      if (failure !== undefined) throw failure;
      return work();
    };
    return {
      name: store.name,
      failures,
      load: (query) => call('load', () => store.load(query)) as never,
      commit: (offsets) => call('commit', () => store.commit(offsets)) as never,
      close: () => store.close(),
    };
  }
  const away = () => new StreamError('OFFSET_STORE_UNAVAILABLE', 'the store is away.', { retriable: true });

  it('may be away: it is told, and tried again, and records go on into the log', async () => {
    const kafka = new FakeKafkaGroup();
    kafka.topic('lines')[0]?.append('a');
    const offsets = failing();
    offsets.failures.load.push(away(), away());
    const one = await begin(kafka, { offsets });
    expect(await one.got(1)).toEqual(['a']);
    offsets.failures.commit.push(...Array.from({ length: 3 }, away));
    kafka.partitions.get('lines')?.[0]?.append('b');
    kafka.changed();
    expect(await one.got(2)).toEqual(['a', 'b']);
    const held = async () => ((await offsets.load({})) as readonly { until: number }[])[0]?.until;
    await vi.waitUntil(async () => offsets.failures.commit.length === 0 && (await held()) === 2, PATIENT);
    expect(one.told('RECONNECTING').length).toBeGreaterThan(0);
    await eventually(() => one.told('RECONNECTED').length === one.told('RECONNECTING').length);
  });

  it('that refuses for good ends the run', async () => {
    const kafka = new FakeKafkaGroup();
    kafka.topic('lines')[0]?.append('a');
    const offsets = failing();
    const one = await begin(kafka, { offsets });
    await one.got(1);
    offsets.failures.commit.push(new StreamError('OFFSET_STORE_FAILED', 'no such table.'));
    kafka.partitions.get('lines')?.[0]?.append('b');
    kafka.changed();
    expect(await one.failed()).toMatchObject({ code: 'OFFSET_STORE_FAILED' });
  });
});

describe('a log that is smaller than a block may be', () => {
  it('gets smaller blocks, as long as what came at once fits', async () => {
    const kafka = new FakeKafkaGroup();
    const lines = kafka.topic('lines', 4);
    for (const [n, log] of lines.entries()) log.append(`${n}${'x'.repeat(300)}`, `${n}${'y'.repeat(300)}`);
    const log = memoryLog({ name: 'small', maxBytes: 1200 });
    const one = await begin(kafka, { log: () => log, blockIntervalMs: 20 });
    await one.got(8);
    expect([...one.values].map((value) => value.slice(0, 2)).sort()).toEqual(
      [0, 1, 2, 3].flatMap((n) => [`${n}x`, `${n}y`]),
    );
  });

  it('that never takes what came at once ends the run', async () => {
    const kafka = new FakeKafkaGroup();
    kafka.topic('lines')[0]?.append('x'.repeat(2000));
    const log = memoryLog({ name: 'small', maxBytes: 1200 });
    const one = await begin(kafka, { log: () => log });
    expect(await one.failed()).toMatchObject({ code: 'BUFFER_FULL' });
  });
});
