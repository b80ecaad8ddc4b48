import { describe, expect, it } from 'vitest';
import { fileOffsets } from '../../src/file.ts';
import { flumePull, flumePush } from '../../src/flume.ts';
import { StreamingContext, stopGracefullyOnShutdown } from '../../src/index.ts';
import { kafkaDirect, kafkaOffsets, kafkaReceiver } from '../../src/kafka.ts';
import { receiver } from '../../src/receiver.ts';
import { redisOffsets } from '../../src/redis.ts';
import { postgresOffsets, sqliteOffsets } from '../../src/sql.ts';
import { zookeeperOffsets } from '../../src/zookeeper.ts';

const kafka = { brokers: ['127.0.0.1:9092'] };
const receive = () => () => {};

/** What a slip of the pen makes of options, where no compiler looks at them. */
const slips: readonly (readonly [string, () => unknown])[] = [
  ['backpresure', () => new StreamingContext({ interval: 1000, backpresure: true } as never)],
  ['initialRate', () => new StreamingContext({ interval: 1000, backpressure: { initialRate: 5 } as never })],
  ['timeout', () => stopGracefullyOnShutdown(new StreamingContext({ interval: 1000 }), { timeout: 5 } as never)],
  ['ofsets', () => kafkaDirect({ kafka, topics: ['lines'], ofsets: {} } as never)],
  ['group', () => kafkaReceiver({ kafka, topics: ['lines'], groupId: 'g', log: 'memory', group: 'g' } as never)],
  ['maxHeader', () => flumePush({ port: 4141, log: 'memory', maxHeader: 5 } as never)],
  ['agent', () => flumePull({ agents: [{ host: 'h', port: 1 }], log: 'memory', agent: 'h' } as never)],
  ['group', () => fileOffsets({ path: './offsets.json', group: 'g' } as never)],
  ['encoder', () => receiver({ name: 'r', log: 'memory', receive, encoder: () => {} } as never)],
  ['maxbytes', () => receiver({ name: 'r', log: { folder: './log', maxbytes: 5 } as never, receive })],
  ['tabel', () => postgresOffsets({ postgres: 'postgres://h/d', group: 'g', tabel: 't' } as never)],
  ['tabel', () => sqliteOffsets({ database: ':memory:', group: 'g', tabel: 't' } as never)],
  ['keyPrefix', () => redisOffsets({ redis: 'redis://h', group: 'g', keyPrefix: 'k' } as never)],
  ['sessionTimeout', () => zookeeperOffsets({ zookeeper: 'h:1', group: 'g', sessionTimeout: 5 } as never)],
  ['groupId', () => kafkaOffsets({ kafka, group: 'g', groupId: 'g' } as never)],
];

describe('an option that does not exist throws where it is written, with those that do', () => {
  it.each(slips)('%s', (name, call) => {
    expect(call).toThrow(new RegExp(`expected an option among .*, got "${name}"`));
  });

  it('one that is undefined is left out, whatever its name', () => {
    expect(() => new StreamingContext({ interval: 1000, other: undefined } as never)).not.toThrow();
  });
});
