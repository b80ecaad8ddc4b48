/**
 * `received.js LOG TOPIC RECORDS`: reads a topic twice with kafkaReceiver over a log (`disk` or `memory`), each time with a new group and a
 * new log; the second reading counts, from its first batch on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { kafkaReceiver } from 'rx-dstream/kafka';
import { brokers } from '../brokers.ts';
import { Pass, type PassResult } from './Pass.ts';
import { Bytes } from './Work.ts';

const [log, topic = '', count] = process.argv.slice(2);

await readTopic('warm');
console.log(JSON.stringify(await readTopic('measured')));
process.exit(0);

async function readTopic(stem: string): Promise<PassResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-bench-'));
  try {
    return await received(`${stem}-${process.pid}`, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function received(groupId: string, folder: string): Promise<PassResult> {
  const context = new StreamingContext({ trigger: drain({ maxRecords: 50_000 }), onWarning: () => {} });
  const answer = new Bytes();
  let result: (() => PassResult) | undefined;
  await new Promise<void>((resolve, reject) => {
    const pass = new Pass(Number(count), () => void context.stop().then(resolve, reject));
    result = () => pass.result(answer.answer);
    kafkaReceiver({
      kafka: { brokers: brokers() },
      topics: [topic],
      groupId,
      from: 'earliest',
      log: log === 'disk' ? folder : 'memory',
    })
      .pipe(
        batchInterval(context),
        foreachBatch((batch) => {
          let records = 0;
          batch.forEach((record) => {
            records++;
            answer.total += record.value?.length ?? 0;
          });
          if (records > 0) pass.batch(records);
        }),
      )
      .subscribe({ error: reject });
  });
  return (result as () => PassResult)();
}
