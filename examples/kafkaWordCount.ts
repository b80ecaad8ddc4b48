/**
 * The word count over a topic of Kafka that goes on where it ended, with its offsets in a file, in Redis, in ZooKeeper or in Kafka itself:
 * `npm run example -- examples/kafkaWordCount.ts zookeeper lines`. `npm run services` starts all three servers and prints where they are.
 */
import {
  batchInterval,
  commitOffsets,
  flatMapRecords,
  mapRecords,
  type OffsetStore,
  print,
  reduceByKey,
  StreamingContext,
  seconds,
  stopGracefullyOnShutdown,
} from 'rx-dstream';
import { fileOffsets } from 'rx-dstream/file';
import { asText, kafkaDirect, kafkaOffsets } from 'rx-dstream/kafka';
import { redisOffsets } from 'rx-dstream/redis';
import { zookeeperOffsets } from 'rx-dstream/zookeeper';

const {
  KAFKA_BROKERS = 'localhost:9092',
  REDIS_URL = 'redis://localhost',
  ZOOKEEPER_HOSTS = 'localhost',
} = process.env;
const [place = 'file', topic = 'lines', group = 'wordcount'] = process.argv.slice(2);
const kafka = { brokers: KAFKA_BROKERS.split(',') };

const stores: Record<string, () => OffsetStore> = {
  file: () => fileOffsets({ path: `${group}.json` }),
  redis: () => redisOffsets({ redis: REDIS_URL, group }),
  zookeeper: () => zookeeperOffsets({ zookeeper: ZOOKEEPER_HOSTS, group }),
  kafka: () => kafkaOffsets({ kafka, group }),
};
const open = stores[place];
if (open === undefined) throw new Error(`expected one of ${Object.keys(stores).join(', ')}, got ${place}`);
const offsets = open();

const stream = new StreamingContext({ interval: seconds(1) });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));

kafkaDirect({ kafka, topics: [topic], offsets, from: 'earliest', value: asText() })
  .pipe(
    batchInterval(stream),
    flatMapRecords((record) => record.value.split(' ')),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
    print(),
    commitOffsets(offsets),
  )
  .subscribe({
    error(error) {
      console.error(error);
      process.exit(1);
    },
  });

stopGracefullyOnShutdown(stream, { close: () => offsets.close() });
