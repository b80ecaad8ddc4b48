/** `node --import tsx scripts/produce.ts BROKERS TOPIC < lines`: each line becomes a record; the topic is made if it is missing. */
import { createInterface } from 'node:readline';
import { createTopic, produce } from './services/kafka/topics.ts';

const [brokers, topic] = process.argv.slice(2);
if (!brokers || !topic) {
  console.error('usage: node --import tsx scripts/produce.ts BROKERS TOPIC     (lines come from standard input)');
  process.exit(2);
}

await createTopic(brokers.split(','), topic, { partitions: 4 });
let lines: { value: string }[] = [];
let total = 0;
for await (const value of createInterface({ input: process.stdin })) {
  lines.push({ value });
  total++;
  if (lines.length === 1000) await send();
}
await send();
console.log(`${total} records into ${topic}`);

async function send(): Promise<void> {
  const full = lines;
  lines = [];
  if (full.length > 0) await produce((brokers as string).split(','), topic as string, full);
}
