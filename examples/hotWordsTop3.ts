/**
 * The hottest three search words of the last 60 seconds, every 10 seconds: Spark's hot words tutorial. Each line that comes from a socket is
 * `user word`.
 *
 *     npm run example -- examples/hotWordsTop3.ts 9999      beside: nc -lk 9999
 */
import {
  batchInterval,
  mapRecords,
  print,
  reduceByKeyAndWindow,
  StreamingContext,
  seconds,
  topRecords,
} from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';

const [port = '9999', window = '60', slide = '10'] = process.argv.slice(2);
const stream = new StreamingContext({ interval: seconds(Number(slide) / 2) });

socketText({ port: Number(port) })
  .pipe(
    batchInterval(stream),
    mapRecords((line) => [line.split(' ')[1] ?? '', 1] as const),
    reduceByKeyAndWindow((a, b) => a + b, {
      inverse: (a, b) => a - b, // each slide costs what enters and what leaves, not the whole window
      window: seconds(Number(window)),
      slide: seconds(Number(slide)),
      name: 'hot words',
    }),
    topRecords(3, ([, count]) => count), // there: transform, sortByKey, take(3)
    print(),
  )
  .subscribe();
