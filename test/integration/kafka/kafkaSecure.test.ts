import { afterAll, beforeAll, expect, it } from 'vitest';
import { asText, kafkaDirect, kafkaOffsets } from '../../../src/kafka.ts';
import { createTopic, produce, type SecureKafka, skipUnless, startOwnSecureKafka } from '../services.ts';
import { values } from './kafkaTopics.ts';
import { kept } from './readingTexts.ts';
import { runningPipeline } from './runningPipeline.ts';

skipUnless('kafka')('kafkaDirect and kafkaOffsets with SASL/SCRAM over TLS', () => {
  let secure: SecureKafka;

  beforeAll(async () => {
    secure = await startOwnSecureKafka();
    await createTopic(secure.brokers, 'lines', { partitions: 2 });
  });

  afterAll(async () => {
    await secure?.stop();
  });

  const config = (password: string) => ({
    brokers: [...secure.secureBrokers],
    ssl: { ca: [secure.ca] },
    sasl: { mechanism: 'scram-sha-512' as const, username: secure.username, password },
  });

  it("read, commit and go on with kafkajs's own options", async () => {
    const kafka = config(secure.password);
    await produce(secure.brokers, 'lines', [...values('a', 3, 0), ...values('b', 3, 1)]);
    for (const [round, expected] of [
      [1, ['a0', 'a1', 'a2', 'b0', 'b1', 'b2']],
      [2, ['late0']],
    ] as const) {
      const offsets = kafkaOffsets({ kafka, group: 'secure' });
      const source = kafkaDirect({ kafka, topics: ['lines'], offsets, from: 'earliest', value: asText() });
      const pipeline = runningPipeline(source, { store: offsets });
      if (round === 2) await produce(secure.brokers, 'lines', values('late', 1));
      await pipeline.processed(expected.length);
      const settled = () => pipeline.progress.filter(({ type }) => type === 'batch').length;
      const before = settled();
      await expect.poll(settled).toBeGreaterThan(before);
      expect(pipeline.records.map(({ value }) => value).sort()).toEqual(expected);
      await pipeline.stop();
      await offsets.close();
    }
  });

  it('a wrong password fails the start at once and says what to check', async () => {
    const pipeline = kept(runningPipeline(kafkaDirect({ kafka: config('wrong'), topics: ['lines'] })));
    const failure = await pipeline.failed();
    expect(failure).toMatchObject({ code: 'SOURCE_FAILED', retriable: false });
    expect(failure.message).toMatch(/sasl/);
    expect(failure.message).not.toContain('wrong');
    const offsets = kafkaOffsets({ kafka: config('wrong'), group: 'secure' });
    await expect(offsets.load({})).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED', retriable: false });
    await offsets.close();
  });
});
