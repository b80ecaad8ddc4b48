import type { CheckpointContents } from '../../../src/checkpoint/CheckpointStore.ts';
import { batchInterval, memoryCheckpoint, StreamingContext } from '../../../src/index.ts';
import { sourceObservable } from '../../../src/sources/sourceObservable.ts';
import { manualClock } from '../../../src/testing/index.ts';
import { type Build, matrixPipeline } from './pipeline.ts';
import { type Written, writtenIn, writtenLine } from './Written.ts';

/** The lines of one batch. */
export interface GivenBatch {
  readonly time: number;
  readonly lines: readonly string[];
}

/** What came of the same batches in one life in memory, in which nothing goes wrong. */
export interface Undisturbed {
  readonly written: readonly Written[];
  readonly contents: CheckpointContents;
}

export function undisturbed(batches: readonly GivenBatch[], build: Build): Undisturbed {
  const { interval } = build;
  const checkpoint = memoryCheckpoint({ durable: true });
  // All of them are planned: what is unsettled runs first, at its own time.
  for (const [at, { time }] of batches.entries()) {
    void checkpoint.plan({ time, cuts: [{ source: 'given', cut: { data: at, position: at + 1 } }] });
  }
  const clock = manualClock(batches.at(-1)?.time ?? 0);
  const stream = new StreamingContext({
    interval,
    checkpoint,
    scheduler: clock,
    batches: batches.length,
    maxQueuedBatches: batches.length,
  });
  const source = sourceObservable<string>(() => ({
    name: 'given',
    replayable: true,
    wakes: false,
    open() {},
    cut: () => {
      throw new Error('more than was given is cut');
    },
    read: ({ data }) => batches[data as number]?.lines ?? [],
    settled() {},
    close() {},
  }));
  let text = '';
  let failure: unknown;
  matrixPipeline(source.pipe(batchInterval(stream)), build, {
    inOperator() {},
    write(output, { time, records }) {
      text += writtenLine(time, output, records);
    },
  }).subscribe({
    error(error) {
      failure = error;
    },
  });
  clock.advanceBy(0);
  if (failure !== undefined) throw failure;
  return { written: writtenIn(text), contents: checkpoint.load() as CheckpointContents };
}
