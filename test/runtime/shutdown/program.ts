import { interval } from 'rxjs';
import { batchInterval, foreachBatch, StreamingContext, stopGracefullyOnShutdown } from '../../../src/index.ts';

/** Counts what comes and goes; the argument says what ends badly. */
const [how] = process.argv.slice(2);
const keepsAlive = setInterval(() => {}, 1000);
const context = new StreamingContext({ interval: 50, onWarning: console.log });
let received = 0;
let written = 0;

interval(1).pipe(batchInterval(context), foreachBatch(write)).subscribe();

/** Never begun, as nobody has subscribed. */
const idle = new StreamingContext({ interval: 50 });
const slow = new StreamingContext({ interval: 100 });
if (how === 'several') interval(1).pipe(batchInterval(slow), foreachBatch(write)).subscribe();

function write({ records }: { readonly records: readonly number[] }): Promise<void> | undefined {
  received += records.length;
  if (how === 'stuck' || how === 'late') {
    console.log('busy');
    return new Promise(() => {});
  }
  written += records.length;
  console.log('wrote');
  return undefined;
}

stopGracefullyOnShutdown(how === 'several' ? [context, idle, slow] : context, {
  deadline: how === 'late' ? 100 : 60_000,
  close: async () => {
    if (how === 'close-fails') throw new Error('the pool does not close');
    clearInterval(keepsAlive);
    console.log(`closed after ${received - written} unwritten, ${context.state}`, idle.state, slow.state);
  },
});
