/**
 * The word count over the events that Flume agents push with their Avro sink:
 * `npm run example -- examples/flumePush.ts 4141 ./flume-log`. docs/sources/flumePush.md shows how an agent is set up.
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
import { flumePush } from 'rx-dstream/flume';

const [port = '4141', log = './flume-log'] = process.argv.slice(2);

const stream = new StreamingContext({ interval: seconds(1) });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));

flumePush({ port: Number(port), log, onListening: ({ host, port }) => console.log(`listening at ${host}:${port}`) })
  .pipe(
    batchInterval(stream),
    flatMapRecords((event) => event.bodyText.split(' ')),
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
