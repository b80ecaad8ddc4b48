/** `ours.js WORK TOPIC RECORDS`: reads a topic twice with kafkaDirect and the public operators; the second reading counts. */

import {
  type Batch,
  batchInterval,
  drain,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  reduceByKey,
  StreamingContext,
} from 'rx-dstream';
import { type KafkaRecord, kafkaDirect } from 'rx-dstream/kafka';
import type { Observable } from 'rxjs';
import { brokers } from '../brokers.ts';
import { Pass, type PassResult } from './Pass.ts';
import { Bytes, Totals } from './Work.ts';

const [work, topic = '', count] = process.argv.slice(2);
const RECORDS_PER_BATCH = work === 'read' ? 50_000 : 10_000;

const words = (record: KafkaRecord): string[] => record.valueText?.split(' ') ?? [];
const add = (left: number, right: number): number => left + right;

await readTopic();
console.log(JSON.stringify(await readTopic()));
process.exit(0);

async function readTopic(): Promise<PassResult> {
  const context = new StreamingContext({ trigger: drain({ maxRecords: RECORDS_PER_BATCH }), onWarning: () => {} });
  const batches = kafkaDirect({ kafka: { brokers: brokers() }, topics: [topic], from: 'earliest' }).pipe(
    batchInterval(context),
  );
  const answer = work === 'read' ? new Bytes() : new Totals();
  let result: (() => PassResult) | undefined;
  await new Promise<void>((resolve, reject) => {
    const pass = new Pass(Number(count), () => void context.stop().then(resolve));
    result = () => pass.result(answer.answer);
    const chain = answer instanceof Bytes ? measured(batches, answer, pass) : counted(batches, answer, pass);
    chain.subscribe({ error: reject });
  });
  return (result as () => PassResult)();
}

function measured(batches: Observable<Batch<KafkaRecord>>, answer: Bytes, pass: Pass): Observable<unknown> {
  return batches.pipe(
    foreachBatch((batch) => {
      let records = 0;
      batch.forEach((record) => {
        records++;
        answer.total += record.value?.length ?? 0;
      });
      if (records > 0) pass.batch(records);
    }),
  );
}

function counted(batches: Observable<Batch<KafkaRecord>>, answer: Totals, pass: Pass): Observable<unknown> {
  return batches.pipe(
    flatMapRecords(words),
    mapRecords((word) => [word, 1] as const),
    reduceByKey(add),
    foreachBatch((batch) => {
      answer.add(batch.records);
      const records = batch.offsets.reduce((sum, { from, until }) => sum + until - from, 0);
      if (records > 0) pass.batch(records);
    }),
  );
}
