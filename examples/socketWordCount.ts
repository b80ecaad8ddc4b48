import { batchInterval, flatMapRecords, mapRecords, print, reduceByKey, StreamingContext, seconds } from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';

// In another terminal: nc -lk 9999, and type.
const stream = new StreamingContext({ interval: seconds(1) });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));

socketText({ port: Number(process.argv[2] ?? 9999) })
  .pipe(
    batchInterval(stream),
    flatMapRecords((line) => line.split(' ')),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
    print(),
  )
  .subscribe();
