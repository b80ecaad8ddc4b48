/** `npm run services`: a Kafka, a Redis, a PostgreSQL and a ZooKeeper to play with, until Ctrl+C. */
import { KAFKA_4, startKafka, startPostgres, startRedis, startZookeeper } from './services/index.ts';

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

console.log('starting the servers (the first time they are fetched, which takes a little longer) ...');
try {
  const [kafka, redis, postgres, zookeeper] = await Promise.all([
    // A topic that does not exist yet comes into being when someone writes to it: handy at a prompt.
    started(startKafka({ properties: { 'auto.create.topics.enable': 'true' } })),
    started(startRedis()),
    started(startPostgres()),
    started(startZookeeper()),
  ]);
  const brokers = kafka.brokers.join(',');
  console.log(`
  Kafka ${kafka.version.padEnd(8)} ${brokers}     (pid ${kafka.server.pid})
  Redis          ${redis.url}     (pid ${redis.server.pid})
  PostgreSQL     ${postgres.url}     (pid ${postgres.server.pid})
  ZooKeeper      ${zookeeper.hosts}     (pid ${zookeeper.server.pid})

In a shell, for the examples and for "npm run test:integration":

  export KAFKA_BROKERS=${brokers} REDIS_URL=${redis.url} POSTGRES_URL=${postgres.url} ZOOKEEPER_HOSTS=${zookeeper.hosts}

In TypeScript:

  const kafka = new Kafka({ brokers: ['${kafka.brokers.join("', '")}'] });
  const redis = new Redis('${redis.url}');
  const pool = new Pool({ connectionString: '${postgres.url}' });
  const offsets = zookeeperOffsets({ zookeeper: '${zookeeper.hosts}', group: 'wordcount' });

Write lines into a topic:

  echo 'to be or not to be' | node --import tsx scripts/produce.ts ${brokers} lines

Ctrl+C stops them.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`
Kafka ${KAFKA_4} and ZooKeeper need Java 17 and Maven; Redis a redis-server on the PATH, apt or pip; PostgreSQL one on the PATH or apt.`);
  await leave(1);
}
