/** `kafkajs.js WORK TOPIC RECORDS`: reads a topic twice by hand in kafkajs's `eachBatch`; the second reading counts. */
import { Kafka, logLevel } from 'kafkajs';
import { brokers } from '../brokers.ts';
import { PARTITIONS } from '../preload.ts';
import { Pass } from './Pass.ts';
import { Bytes, Totals } from './Work.ts';

const [work, topic = '', count] = process.argv.slice(2);

let answer = work === 'read' ? new Bytes() : new Totals();
let pass: Pass;
let readings = 0;

const kafka = new Kafka({ clientId: 'bench', brokers: brokers(), logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 100 });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
begin();
await consumer.run({
  autoCommit: false,
  async eachBatch({ batch }) {
    const { messages } = batch;
    if (answer instanceof Bytes) {
      for (const message of messages) answer.total += message.value?.length ?? 0;
    } else {
      const cells = new Map<string, [string, number]>();
      for (const message of messages) {
        for (const word of message.value?.toString().split(' ') ?? []) {
          const cell = cells.get(word);
          if (cell === undefined) cells.set(word, [word, 1]);
          else cell[1]++;
        }
      }
      answer.add([...cells.values()]);
    }
    pass.batch(messages.length);
  },
});

function begin(): void {
  answer = work === 'read' ? new Bytes() : new Totals();
  pass = new Pass(Number(count), ended);
}

function ended(): void {
  readings++;
  if (readings === 2) {
    console.log(JSON.stringify(pass.result(answer.answer)));
    process.exit(0);
  }
  begin();
  for (let partition = 0; partition < PARTITIONS; partition++) consumer.seek({ topic, partition, offset: '0' });
}
