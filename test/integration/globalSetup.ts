import type { TestProject } from 'vitest/node';
import { startKafka, startPostgres, startRedis, startZookeeper } from '../../scripts/services/index.ts';
import { coordinatorThere } from '../../scripts/services/kafka/topics.ts';

/** A shared server as the tests get it: where it is, or why there is none. */
export type Shared<Address> = Address | { readonly missing: string };

declare module 'vitest' {
  export interface ProvidedContext {
    kafka: Shared<{ readonly brokers: readonly string[] }>;
    redis: Shared<{ readonly url: string }>;
    postgres: Shared<{ readonly url: string }>;
    zookeeper: Shared<{ readonly hosts: string }>;
  }
}

/**
 * Starts one Kafka, one Redis, one PostgreSQL and one ZooKeeper for all integration tests of a run and stops them at its end. `KAFKA_BROKERS`,
 * `REDIS_URL`, `POSTGRES_URL` and `ZOOKEEPER_HOSTS` (as `npm run services` prints them) are used instead where they are set.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { KAFKA_BROKERS, REDIS_URL, POSTGRES_URL, ZOOKEEPER_HOSTS } = process.env;
  const [kafka, redis, postgres, zookeeper] = await Promise.all([
    KAFKA_BROKERS ? { brokers: KAFKA_BROKERS.split(','), stop } : startKafka().catch(missing),
    REDIS_URL ? { url: REDIS_URL, stop } : startRedis().catch(missing),
    POSTGRES_URL ? { url: POSTGRES_URL, stop } : startPostgres().catch(missing),
    ZOOKEEPER_HOSTS ? { hosts: ZOOKEEPER_HOSTS, stop } : startZookeeper().catch(missing),
  ]);
  // A test of a store is no test of a Kafka that was never asked for a group before.
  if (!('missing' in kafka)) await coordinatorThere(kafka.brokers);
  project.provide('kafka', 'missing' in kafka ? report('Kafka', kafka) : { brokers: kafka.brokers });
  project.provide('redis', 'missing' in redis ? report('Redis', redis) : { url: redis.url });
  project.provide('postgres', 'missing' in postgres ? report('PostgreSQL', postgres) : { url: postgres.url });
  project.provide('zookeeper', 'missing' in zookeeper ? report('ZooKeeper', zookeeper) : { hosts: zookeeper.hosts });
  return async () => {
    await Promise.all(
      [kafka, redis, postgres, zookeeper].map((server) => ('missing' in server ? undefined : server.stop())),
    );
  };
}

async function stop(): Promise<void> {
  // not ours
}

function missing(error: unknown): { readonly missing: string } {
  return { missing: error instanceof Error ? error.message : String(error) };
}

function report<M extends { readonly missing: string }>(name: string, absent: M): M {
  process.stderr.write(`\n*** no ${name}: its tests ${process.env.CI ? 'FAIL' : 'are SKIPPED'}: ${absent.missing}\n\n`);
  return absent;
}
