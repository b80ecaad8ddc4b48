/**
 * The word count over the events of Flume agents, pulled from Spark's sink in each of them:
 * `npm run example -- examples/flumePull.ts localhost:9988,otherhost:9988 ./flume-log`. docs/sources/flumePull.md shows how an agent is set up.
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
import { flumePull } from 'rx-dstream/flume';

const [addresses = 'localhost:9988', log = './flume-log'] = process.argv.slice(2);
const agents = addresses.split(',').map((address) => {
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
});

const stream = new StreamingContext({ interval: seconds(1) });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));

flumePull({ agents, log })
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
