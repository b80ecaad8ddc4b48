import { afterAll, beforeAll, expect, it } from 'vitest';
import { asText, type KafkaDirectOptions, kafkaDirect, kafkaOffsets } from '../../../src/kafka.ts';
import { createTopic, freshName, produce, type SecureKafka, skipUnless, startOwnSecureKafka } from '../services.ts';
import { values } from './kafkaTopics.ts';
import { kept, texts } from './readingTexts.ts';
import { receivingTexts } from './receivingTexts.ts';
import { runningPipeline } from './runningPipeline.ts';

/** What a connection may do before it has to authenticate anew, in milliseconds: less than the 10 seconds before the end at which kafkajs does. */
const SESSION_MS = 2500;
const sent = (...runs: (readonly { value: string }[])[]) => runs.flat().map(({ value }) => value);

skipUnless('kafka')('Kafka over TLS, with SASL and without', () => {
  let secure: SecureKafka;

  beforeAll(async () => {
    secure = await startOwnSecureKafka({ properties: { 'connections.max.reauth.ms': `${SESSION_MS}` } });
  });

  afterAll(async () => {
    await secure?.stop();
  });

  const overTls = () => ({ brokers: [...secure.tlsBrokers], ssl: { ca: [secure.ca] } });
  const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = secure.password) => ({
    brokers: [...secure.secureBrokers],
    ssl: { ca: [secure.ca] },
    sasl: { mechanism, username: secure.username, password } as {
      mechanism: 'plain';
      username: string;
      password: string;
    },
  });

  it.each([
    ['TLS', overTls],
    ['TLS with SASL/PLAIN', () => login('plain')],
    ['TLS with SASL/SCRAM-SHA-256', () => login('scram-sha-256')],
    ['TLS with SASL/SCRAM-SHA-512', () => login('scram-sha-512')],
  ])('kafkaDirect, kafkaOffsets and kafkaReceiver read, commit and go on over %s', async (_, kafkaOf) => {
    const kafka = kafkaOf();
    const topic = freshName('secure');
    const groupId = freshName('group');
    await createTopic(secure.brokers, topic, { partitions: 2 });
    const runs = [[...values('a', 30, 0), ...values('b', 30, 1)], values('later', 10, 1)] as const;
    for (const run of runs) {
      await produce(secure.brokers, topic, run);
      const offsets = kafkaOffsets({ kafka, group: `direct-${groupId}` });
      const source = kafkaDirect({ kafka, topics: [topic], offsets, from: 'earliest', value: asText() });
      const direct = kept(runningPipeline(source, { store: offsets }));
      const receiver = receivingTexts({ kafka, topics: [topic], groupId });
      await Promise.all([direct.processed(run.length), receiver.processed(run.length)]);
      expect(texts(receiver).sort()).toEqual(sent(run).sort());
      expect(direct.records.map(({ value }) => value).sort()).toEqual(sent(run).sort());
      await Promise.all([direct.stop({ graceful: true }), receiver.stop({ graceful: true })]);
      await offsets.close();
    }
  });

  it('a receiver goes on, through rebalances too, while its connections authenticate anew', async () => {
    const kafka = login('plain');
    const topic = freshName('renewed');
    const groupId = freshName('group');
    await createTopic(secure.brokers, topic, { partitions: 2 });
    const first = receivingTexts({ kafka, topics: [topic], groupId });
    await first.reported('PARTITIONS_CHANGED');
    const all: string[] = [];
    const began = performance.now();
    let second = receivingTexts({ kafka, topics: [topic], groupId });
    const records: (string | null)[] = [];
    for (let round = 0; performance.now() - began < 2.5 * SESSION_MS; round++) {
      const run = [...values(`${round}a`, 5, 0), ...values(`${round}b`, 5, 1)];
      await produce(secure.brokers, topic, run);
      all.push(...sent(run));
      await expect
        .poll(() => records.length + first.records.length + second.records.length, { timeout: 20_000 })
        .toBe(all.length);
      await second.stop({ graceful: true });
      records.push(...texts(second));
      second = receivingTexts({ kafka, topics: [topic], groupId });
    }
    await second.stop();
    expect([...records, ...texts(first)].sort()).toEqual(all.sort());
    expect([...first.reports, ...second.reports].filter(({ code }) => code === 'RECONNECTING')).toEqual([]);
    expect(first.error()).toBeUndefined();
  });

  it.each(['plain', 'scram-sha-512'] as const)(
    'a wrong password fails the start at once and says what to check: %s',
    async (mechanism) => {
      const kafka: KafkaDirectOptions['kafka'] = login(mechanism, 'guess');
      const failures = await Promise.all([
        kept(runningPipeline(kafkaDirect({ kafka, topics: ['lines'] }))).failed(),
        receivingTexts({ kafka, topics: ['lines'], groupId: 'secure' }).failed(),
      ]);
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: 'SOURCE_FAILED', retriable: false });
        expect(failure.message).toMatch(/sasl/);
        expect(failure.message).not.toContain('guess');
      }
      const offsets = kafkaOffsets({ kafka, group: 'secure' });
      await expect(offsets.load({})).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED', retriable: false });
      await offsets.close();
    },
  );

  it('a certificate that nobody vouches for, SASL where none is spoken, and no TLS where it is: each says what to check', async () => {
    const { ssl, ...open } = overTls();
    const mistakes = [
      [{ ...open, ssl: true }, /self-signed certificate.*ssl/],
      [{ ...login('plain'), brokers: open.brokers }, /SASL.*sasl/],
      [open, /may want TLS or SASL/],
    ] as const;
    const failures = await Promise.all(
      mistakes.map(([kafka]) =>
        receivingTexts({ kafka, topics: ['lines'], groupId: 'secure', openTimeoutMs: 1000 }).failed(),
      ),
    );
    expect(failures.map(({ message }) => message)).toEqual(mistakes.map(([, words]) => expect.stringMatching(words)));
  });
});
