/** One life of a receiver with a write-ahead log: from its start to its kill, or to its end in good order when it has got the last text. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileCheckpoint } from '../../../../src/checkpoint/file/fileCheckpoint.ts';
import { writeAheadLog } from '../../../../src/drivers/log/writeAheadLog.ts';
import { batchInterval, foreachBatch, mapRecords, StreamingContext } from '../../../../src/index.ts';
import type { BlockLog } from '../../../../src/receiver.ts';
import type { SourceObservable } from '../../../../src/sources/Source.ts';
import { stepsOfCheckpoint } from '../../crashMatrix/programs/stepsOfCheckpoint.ts';
import { type Kill, Steps } from '../../crashMatrix/Steps.ts';
import { writtenLine } from '../../crashMatrix/Written.ts';
import { stepsOfLog } from './stepsOfLog.ts';

/** Milliseconds. */
const INTERVAL = 20;
/** As in `receiverKills.ts`, which a program does not load. */
const END = 'END';

/** What every life is told. */
export interface ReceiverLifeSettings {
  readonly kill?: Kill;
  /** The file of this life's outputs. */
  readonly out: string;
  /** What all lives of a world have together. */
  readonly home: string;
}

/** What a life is made of. */
export interface ReceiverLife<T> {
  /** The receiver over this log. */
  source(log: () => BlockLog, steps: Steps): SourceObservable<T>;
  /** The text that a record is. */
  lineOf(record: T): string;
}

/** Where the log of a world is. */
export function logFolder(home: string): string {
  return join(home, 'log');
}

/** What the parent asks for: the JSON in the first argument. */
export function settings<T>(): T & ReceiverLifeSettings {
  return JSON.parse(process.argv[2] as string) as T & ReceiverLifeSettings;
}

export function liveReceiver<T>({ kill, out, home }: ReceiverLifeSettings, { source, lineOf }: ReceiverLife<T>): void {
  const steps = new Steps(kill);
  const log = () => stepsOfLog(writeAheadLog({ folder: logFolder(home), segmentBytes: 4096 }), steps);
  const none = { loaded: () => {}, planned: () => {} };
  const checkpoint = stepsOfCheckpoint(fileCheckpoint(join(home, 'checkpoint')), steps, none);
  const stream = new StreamingContext({
    interval: INTERVAL,
    checkpoint,
    onWarning: (message) => console.error(message),
  });
  let hasEnd = false;
  let isEnding = false;
  stream.progress$.subscribe((event) => {
    if (event.type !== 'batch') return;
    writeSync(1, 'settled\n');
    if (!hasEnd || isEnding) return;
    isEnding = true;
    stream.stop({ graceful: true, deadline: 120_000 }).catch(failed);
  });
  const file = openSync(out, 'a');
  source(log, steps)
    .pipe(
      batchInterval(stream),
      mapRecords(lineOf),
      foreachBatch(({ time, records }) => {
        const line = writtenLine(time, 'received', records);
        const half = Math.floor(line.length / 2);
        writeSync(file, line.slice(0, half));
        steps.pass('in an output');
        writeSync(file, line.slice(half));
        hasEnd ||= records.includes(END);
      }),
    )
    .subscribe({ error: failed });
}

function failed(error: unknown): never {
  console.error(error);
  process.exit(1);
}
