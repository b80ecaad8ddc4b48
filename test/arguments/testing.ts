/** The arguments of every function of the testing kit. */
import { TestScheduler } from 'rxjs/testing';
import type * as testing from '../../src/testing/index.ts';
import {
  type ArgumentsOf,
  any,
  checkpoint,
  fn,
  iterable,
  oneThat,
  optional,
  options,
  positive,
  text,
  truth,
  whole,
} from './Argument.ts';

const scheduler = { scheduler: optional(oneThat(undefined, 5, 'async', {})) };
/** What tests are described with, and what they are of: the compiler looks at it, and the suite shows what is missing. */
const contract = [any({ describe: () => {} }), any({ name: 'subject' })];

export const testingArguments: ArgumentsOf<typeof testing> = {
  batchMarbles: [any({ scheduler: new TestScheduler(() => {}) }), optional(options({ interval: optional(positive) }))],
  batchOf: [
    iterable,
    optional(
      options({
        time: optional(oneThat(1000, Number.NaN, '5', {})),
        interval: optional(positive),
        offsets: optional(oneThat([], 5, 'text', {})),
        run: optional(oneThat(undefined, 5, 'text', {})),
      }),
    ),
  ],
  blockLogContract: contract,
  checkpointContract: contract,
  detachedRun: [optional(options(scheduler))],
  manualClock: [optional(oneThat(0, Number.NaN, '5', {}))],
  offsetStoreContract: contract,
  runBatches: [
    oneThat([], 5, 'text', () => 1),
    any((batches: unknown) => batches),
    optional(
      options({
        interval: optional(whole(1)),
        batches: optional(whole(1)),
        restartAfter: optional(oneThat([], -1, 1.5, '5', {})),
        crashIn: optional(oneThat([], -1, 1.5, '5', {})),
        checkpoint: optional({ ...checkpoint, right: undefined }),
        onProgress: optional(fn),
        context: optional(oneThat({}, 5, 'text', [])),
      }),
    ),
  ],
  sourceContract: contract,
  testSource: [
    oneThat([], 5, 'text', {}),
    optional(
      options({
        ...scheduler,
        name: optional(text),
        offsets: optional(oneThat(undefined, 5, 'text', {})),
        replayable: optional(truth),
      }),
    ),
  ],
};
