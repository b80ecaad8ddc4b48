/**
 * The word count over a topic of Kafka that is received by the members of a consumer group, through a log: Spark's tutorial of `createStream`.
 * Start it twice with folders of their own, and the two share the topic; kill one with -9, and what it had taken comes when it is back:
 * `npm run example -- examples/kafkaReceiver.ts ./log-1 lines`. `npm run services` starts Kafka and prints where it is.
 */
import {
  batchInterval,
  flatMapRecords,
  mapRecords,
  print,
  reduceByKey,
  StreamingContext,
  seconds,
  stopGracefullyOnShutdown,
} from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import { asText, kafkaReceiver } from 'rx-dstream/kafka';

const { KAFKA_BROKERS = 'localhost:9092' } = process.env;
const [folder = './kafka-receiver', topic = 'lines', groupId = 'wordcount'] = process.argv.slice(2);

const stream = new StreamingContext({ interval: seconds(1), checkpoint: fileCheckpoint(`${folder}/checkpoint`) });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));

kafkaReceiver({
  kafka: { brokers: KAFKA_BROKERS.split(',') },
  topics: [topic],
  groupId,
  log: `${folder}/log`,
  receivers: 2,
  from: 'earliest',
  value: asText(),
})
  .pipe(
    batchInterval(stream),
    flatMapRecords((record) => record.value.split(' ')),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
    print(),
  )
  .subscribe({
    error(error) {
      console.error(error);
      process.exit(1);
    },
  });

stopGracefullyOnShutdown(stream);
