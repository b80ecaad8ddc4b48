/** `npm run services`: a Kafka and a Redis to play with, until Ctrl+C. */
import { KAFKA_4, startKafka, startRedis } from './services/index.ts';

let leaving = false;
const servers: { stop(): Promise<void> }[] = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void leave(0)); // npm passes Ctrl+C on, so it may come twice
}

async function leave(status: number): Promise<void> {
  if (leaving) return;
  leaving = true;
  console.log('\nstopping ...');
  await Promise.allSettled(servers.map((server) => server.stop()));
  console.log('stopped: no process and no file is left');
  process.exit(status);
}

async function started<S extends { stop(): Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  servers.push(server);
  return server;
}

console.log('starting Kafka and Redis (the first time they are fetched, which takes a little longer) ...');
try {
  const [kafka, redis] = await Promise.all([
    // A topic that does not exist yet comes into being when someone writes to it: handy at a prompt.
    started(startKafka({ properties: { 'auto.create.topics.enable': 'true' } })),
    started(startRedis()),
  ]);
  const brokers = kafka.brokers.join(',');
  console.log(`
  Kafka ${kafka.version.padEnd(8)} ${brokers}     (pid ${kafka.server.pid})
  Redis          ${redis.url}     (pid ${redis.server.pid})

In a shell, for the examples and for "npm run test:integration":

  export KAFKA_BROKERS=${brokers} REDIS_URL=${redis.url}

In TypeScript:

  const kafka = new Kafka({ brokers: ['${kafka.brokers.join("', '")}'] });
  const redis = new Redis('${redis.url}');

Write lines into a topic:

  echo 'to be or not to be' | node --import tsx scripts/produce.ts ${brokers} lines

Ctrl+C stops both.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\nKafka ${KAFKA_4} needs Java 17 and Maven; Redis a redis-server on the PATH, apt or pip.`);
  await leave(1);
}
