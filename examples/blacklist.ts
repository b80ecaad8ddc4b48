import { batchInterval, mapRecords, print, reduceByKey, StreamingContext, seconds, transform } from 'rx-dstream';
import { BehaviorSubject, interval, map } from 'rxjs';
import { batchesAskedFor } from './hotWords/batchesAskedFor.ts';

const USERS = ['ann', 'bob', 'eve', 'joe'];
const batches = batchesAskedFor(); // --batches N
const stream = new StreamingContext({ interval: seconds(1), batches });

// Whom to leave out. Somebody changes it while the stream runs: here every second batch, one user after the other.
const banned = new BehaviorSubject<ReadonlySet<string>>(new Set());
let done = 0;
stream.progress$.subscribe((event) => {
  if (event.type !== 'batch' || ++done % 2 !== 0) return;
  const next = USERS[banned.value.size % USERS.length] as string;
  banned.next(new Set([...banned.value, next]));
  console.log(`banned from now on: ${[...banned.value].join(', ')}`);
});

interval(20)
  .pipe(
    map((n) => USERS[n % USERS.length] as string), // any Observable is a source
    batchInterval(stream),
    transform((batch) => {
      const now = banned.value; // once a batch: all of its records meet the same list
      return batch.records.filter((user) => !now.has(user));
    }),
    mapRecords((user) => [user, 1] as const),
    reduceByKey((a, b) => a + b),
    print(),
  )
  .subscribe();
