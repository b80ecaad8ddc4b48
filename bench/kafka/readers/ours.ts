/** `ours.js WORK TOPIC RECORDS`: reads a topic twice with kafkaDirect and the public operators; the second reading counts. */
import { batchInterval, drain, flatMapRecords, foreachBatch, mapRecords, reduceByKey, StreamingContext } from 'rx-dstream';
import { type KafkaRecord, kafkaDirect } from 'rx-dstream/kafka';
import { brokers } from '../brokers.ts';
import { Pass, type PassResult } from './Pass.ts';
import { Bytes, Totals } from './Work.ts';

const [work, topic = '', count] = process.argv.slice(2);
const RECORDS_PER_BATCH = 50_000;

const words = (record: KafkaRecord): string[] => record.value?.toString().split(' ') ?? [];
const add = (left: number, right: number): number => left + right;

let passed: Pass;
await readTopic();
console.log(JSON.stringify(await readTopic()));
process.exit(0);

async function readTopic(): Promise<PassResult> {
  const context = new StreamingContext({ trigger: drain({ maxRecords: RECORDS_PER_BATCH }), onWarning: () => {} });
  const batches = kafkaDirect({ kafka: { brokers: brokers() }, topics: [topic], from: 'earliest' }).pipe(
    batchInterval(context),
  );
  const answer = work === 'read' ? new Bytes() : new Totals();
  await new Promise<void>((resolve, reject) => {
    const end = (): void => void context.stop().then(resolve);
    const pass = new Pass(Number(count), end);
    passed = pass;
    const chain =
      answer instanceof Bytes
        ? batches.pipe(
            foreachBatch((batch) => {
              let records = 0;
              batch.forEach((record) => {
                records++;
                answer.total += record.value?.length ?? 0;
              });
              if (records > 0) pass.batch(records);
            }),
          )
        : batches.pipe(
            flatMapRecords(words),
            mapRecords((word) => [word, 1] as const),
            reduceByKey(add),
            foreachBatch((batch) => {
              for (const [word, n] of batch.records) answer.add(word, n);
              const records = batch.offsets.reduce((sum, { from, until }) => sum + until - from, 0);
              if (records > 0) pass.batch(records);
            }),
          );
    chain.subscribe({ error: reject });
  });
  return passed.result(answer.answer);
}
