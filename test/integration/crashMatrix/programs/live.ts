/** One life of the pipeline: from its start to its kill, or to its end in good order when every line has settled. */
import { openSync, writeSync } from 'node:fs';
import { asyncScheduler } from 'rxjs';
import type { DurableCheckpoint } from '../../../../src/checkpoint/CheckpointStore.ts';
import { batchInterval, commitOffsets, mapRecords, type OffsetStore, StreamingContext } from '../../../../src/index.ts';
import type { SourceObservable } from '../../../../src/sources/Source.ts';
import { manualClock } from '../../../../src/testing/index.ts';
import { type Build, matrixPipeline } from '../pipeline.ts';
import { type Kill, Steps } from '../Steps.ts';
import { writtenLine } from '../Written.ts';
import { type SteppedCheckpoint, stepsOfCheckpoint } from './stepsOfCheckpoint.ts';
import { stepsOfOffsets } from './stepsOfOffsets.ts';
import { stepsOfSource } from './stepsOfSource.ts';
import { VirtualTime } from './virtualTime.ts';

/** Merges come often. */
export const COMPACTION = { compactAfterBytes: 4096 } as const;

/** What is kept under this name while the pipeline runs. */
export const SAVEPOINT = 'midway';

/** What every life is told. */
export interface LifeSettings extends Build {
  readonly kill?: Kill;
  /** The file of this life's outputs. */
  readonly out: string;
  /** Batches that virtual time is ahead of the settled ones; left out, time is the real one. */
  readonly ahead?: number;
  /** It ends when all partitions together have come so far. */
  readonly until: number;
}

/** What a life is made of. */
export interface Parts<T> {
  source(offsets: OffsetStore): SourceObservable<T>;
  /** The line that a record is. */
  lineOf(record: T): string;
  readonly offsets: OffsetStore;
  /** The checkpoint; `asked` tells its storage what for. */
  checkpoint(steps: Steps, asked: () => SteppedCheckpoint['asked']): DurableCheckpoint;
}

/** What the parent asks for: the JSON in the first argument. */
export function settings<T>(): T & LifeSettings {
  return JSON.parse(process.argv[2] as string) as T & LifeSettings;
}

export function live<T>({ kill, out, ahead, until, ...build }: LifeSettings, parts: Parts<T>): void {
  const { interval } = build;
  const steps = new Steps(kill);
  const offsets = stepsOfOffsets(parts.offsets, steps);
  const clock = manualClock();
  const time = new VirtualTime(clock, interval, ahead ?? 0);
  let isStarted = false;
  const checkpoint: SteppedCheckpoint = stepsOfCheckpoint(
    parts.checkpoint(steps, () => checkpoint.asked),
    steps,
    {
      loaded: ({ lastTime, unsettled }) => time.loaded(lastTime, unsettled.length),
      planned: (planned) => time.planned(planned),
    },
  );
  const stream = new StreamingContext({
    interval,
    checkpoint,
    scheduler: ahead === undefined ? asyncScheduler : clock,
    freezeState: true,
    onWarning: (message) => console.error(message),
  });
  let processed = 0;
  let isEnding = false;
  const reached = new Map<string, number>();
  stream.progress$.subscribe((event) => {
    if (event.type === 'run' && event.status === 'started') isStarted = true;
    if (event.type !== 'batch') return;
    time.processed();
    writeSync(1, 'settled\n');
    if (++processed % 4 === 0 && !isEnding) void savepoint(event.time).catch(failed);
    for (const range of event.sources.flatMap((source) => source.offsets ?? [])) {
      reached.set(`${range.topic} ${range.partition}`, range.until);
    }
    const all = [...reached.values()].reduce((sum, offset) => sum + offset, 0);
    if (all < until || isEnding) return;
    isEnding = true;
    void stream.stop({ graceful: true, deadline: 120_000 }).then(ended);
  });
  async function savepoint(settled: number): Promise<void> {
    await checkpoint.savepoint(SAVEPOINT);
    writeSync(1, `saved ${settled}\n`);
  }
  async function ended(): Promise<void> {
    time.end();
    await offsets.close();
  }

  const file = openSync(out, 'a');
  const lines = stepsOfSource(parts.source(offsets), steps).pipe(
    batchInterval(stream),
    commitOffsets(offsets),
    mapRecords(parts.lineOf),
  );
  matrixPipeline(lines, build, {
    inOperator: () => steps.pass('in an operator'),
    write(output, batch) {
      const line = writtenLine(batch.time, output, batch.records);
      const half = Math.floor(line.length / 2);
      writeSync(file, line.slice(0, half));
      steps.pass('in an output');
      writeSync(file, line.slice(half));
    },
  }).subscribe({ error: failed });
  if (ahead !== undefined) time.run(() => isStarted);
}

function failed(error: unknown): never {
  console.error(error);
  process.exit(1);
}
