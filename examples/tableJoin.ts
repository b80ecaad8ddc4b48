import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { batchInterval, joinTable, mapRecords, print, StreamingContext, seconds } from 'rx-dstream';
import { interval, map } from 'rxjs';
import { batchesAskedFor } from './hotWords/batchesAskedFor.ts';

const PRICES = '.demo/prices.json';
const ITEMS = ['tea', 'jam', 'milk'];
const batches = batchesAskedFor(); // --batches N
const stream = new StreamingContext({ interval: seconds(1), batches, onWarning: console.log });
stream.progress$.subscribe(
  (event) => event.type === 'report' && event.code === 'TABLE_RELOADED' && console.log(event.message),
);

// Somebody else keeps the table: prices rise, and now and then the file is half written.
mkdirSync('.demo', { recursive: true });
let price = 300;
const write = (): void => writeFileSync(PRICES, JSON.stringify({ tea: price++, jam: 2 * price }));
write();
let done = 0;
stream.progress$.subscribe((event) => {
  if (event.type !== 'batch') return;
  if (++done % 4 === 2) writeFileSync(PRICES, '{ "tea": ');
  else write();
});

interval(400)
  .pipe(
    map((n) => [ITEMS[n % ITEMS.length] as string, 1 + (n % 5)] as const),
    batchInterval(stream),
    joinTable(() => Object.entries(JSON.parse(readFileSync(PRICES, 'utf8')) as Record<string, number>), {
      reloadEvery: 1,
      kind: 'leftOuterJoin',
      name: PRICES,
    }),
    mapRecords(([item, [count, each]]) => `${count} x ${item}: ${each === undefined ? 'no price' : count * each}`),
    print(),
  )
  .subscribe();
