/**
 * `npm run demo:kafka`: starts Kafka, produces into it while a pipeline runs in a process of its own, kills that with `kill -9`
 * several times, and ends with the account: nothing missing, and repeated only what had not settled.
 */
import { startKafka } from '../../scripts/services/index.ts';
import { accountLine } from './drawUp.ts';
import { liveAndDie } from './liveAndDie.ts';

console.log('Starting Kafka (its jars are fetched at the first time) ...');
const kafka = await startKafka();
try {
  console.log(
    `Kafka ${kafka.version} at ${kafka.brokers.join(', ')}. The pipeline is killed five times, in the middle of a batch.`,
  );
  const account = await liveAndDie({
    brokers: kafka.brokers,
    kills: 5,
    midBatch: 1,
    random: Math.random,
    log: console.log,
  });
  for (const wrong of account.wrong.slice(0, 20)) console.error(`wrong: ${wrong}`);
  if (account.wrong.length > 0) process.exitCode = 1;
  console.log(accountLine(account));
} finally {
  await kafka.stop();
}
