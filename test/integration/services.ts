/**
 * What integration tests use of real servers.
 *
 * The shared ones (`kafkaBrokers()`, `redisUrl()`, `postgresUrl()`, `zookeeperHosts()`) live for the whole run: use topics and keys of your own
 * (`freshName`). A test that kills or freezes its server starts its own and stops it in `afterAll`/`finally`.
 */
import { describe, inject } from 'vitest';
import {
  createTopic,
  type KafkaBroker,
  type KafkaCluster,
  type KafkaOptions,
  type PostgresServer,
  produce,
  type RedisOptions,
  type RedisServer,
  type SecureKafka,
  startKafka,
  startKafkaCluster,
  startPostgres,
  startRedis,
  startSecureKafka,
  startZookeeper,
  type TopicOptions,
  type ZookeeperOptions,
  type ZookeeperServer,
} from '../../scripts/services/index.ts';

export type {
  KafkaBroker,
  KafkaCluster,
  KafkaOptions,
  PostgresServer,
  RedisServer,
  SecureKafka,
  TopicOptions,
  ZookeeperServer,
};
export { createTopic, produce };

/**
 * `describe` for tests that need these servers. One that could not be had turns the block into a skipped one that says
 * why; with `CI` set the tests run and fail instead.
 *
 * @example
 * skipUnless('kafka')('kafkaDirect on a real broker', () => { ... });
 */
export function skipUnless(
  ...services: readonly ('kafka' | 'redis' | 'postgres' | 'zookeeper')[]
): typeof describe | typeof describe.skip {
  const reasons = services.flatMap((service) => {
    const shared = inject(service);
    return 'missing' in shared ? [`no ${service}: ${firstLine(shared.missing)}`] : [];
  });
  if (reasons.length === 0 || process.env.CI) return describe;
  return ((name: string, body: () => void) =>
    describe.skip(`${name} [SKIPPED: ${reasons.join('; ')}]`, body)) as typeof describe.skip;
}

/** The shared broker: `['127.0.0.1:port']`. */
export function kafkaBrokers(): string[] {
  const shared = inject('kafka');
  if ('missing' in shared) throw new Error(`no Kafka for this test: ${shared.missing}`);
  return [...shared.brokers];
}

/** The shared Redis: `redis://127.0.0.1:port`. */
export function redisUrl(): string {
  const shared = inject('redis');
  if ('missing' in shared) throw new Error(`no Redis for this test: ${shared.missing}`);
  return shared.url;
}

/** The shared PostgreSQL: `postgres://test@127.0.0.1:port/postgres`. */
export function postgresUrl(): string {
  const shared = inject('postgres');
  if ('missing' in shared) throw new Error(`no PostgreSQL for this test: ${shared.missing}`);
  return shared.url;
}

/** The shared ZooKeeper: `127.0.0.1:port`. */
export function zookeeperHosts(): string {
  const shared = inject('zookeeper');
  if ('missing' in shared) throw new Error(`no ZooKeeper for this test: ${shared.missing}`);
  return shared.hosts;
}

/** A broker of one's own: `kill9`, `freeze`, `thaw`, `restart` (same port, same data), `stop`. */
export function startOwnKafka(options?: KafkaOptions): Promise<KafkaBroker> {
  return startKafka(options);
}

/** A cluster of three of one's own. */
export function startOwnKafkaCluster(options?: KafkaOptions): Promise<KafkaCluster> {
  return startKafkaCluster(options);
}

/** A broker with a listener for SASL/SCRAM over TLS. */
export function startOwnSecureKafka(options?: KafkaOptions): Promise<SecureKafka> {
  return startSecureKafka(options);
}

/** A Redis of one's own. */
export function startOwnRedis(options?: RedisOptions): Promise<RedisServer> {
  return startRedis(options);
}

/** A PostgreSQL of one's own. */
export function startOwnPostgres(): Promise<PostgresServer> {
  return startPostgres();
}

/** A ZooKeeper of one's own: `kill9`, `freeze`, `thaw`, `restart` (same port, same data), `stop`. */
export function startOwnZookeeper(options?: ZookeeperOptions): Promise<ZookeeperServer> {
  return startZookeeper(options);
}

let count = 0;

/** A topic, group or key that no other test and no earlier run uses. */
export function freshName(stem: string): string {
  count++;
  return `${stem}-${process.pid}-${count}-${Date.now().toString(36)}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
