import { NEVER } from 'rxjs';
import { expect, it } from 'vitest';
import { files, saveAsObjectFiles, saveAsTextFiles, tailFile, textFiles } from '../../src/file.ts';
import {
  aggregateByKey,
  batchInterval,
  combineByKey,
  drain,
  dropDuplicates,
  filterRecords,
  flatMapRecords,
  flatMapValues,
  foldByKey,
  foreachRecord,
  isStreamError,
  mapChunks,
  mapRecords,
  mapRecordsAsync,
  mapValues,
  mapWithState,
  memoryOffsets,
  print,
  queue,
  reduceByKey,
  reduceByKeyAndWindow,
  reduceByWindow,
  reduceRecords,
  StreamingContext,
  sortRecords,
  split,
  topRecords,
  updateStateByKey,
  updateStates,
} from '../../src/index.ts';
import { asText } from '../../src/kafka.ts';
import { socketFrames, socketText } from '../../src/socket.ts';

const whole = (value: number): number => value;

/** What was refused, and how. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isStreamError(error, 'INVALID_ARGUMENT')) return error.message;
    throw error;
  }
  return 'nothing was thrown';
}

it.each<[string, (options: never) => unknown]>([
  ['asText', asText],
  ['batchInterval', (options) => batchInterval(1000, options)],
  ['drain', drain],
  ['files', (options) => files('in', options)],
  ['foreachRecord', (options) => foreachRecord(whole, options)],
  ['mapChunks', (options) => mapChunks(2, (chunk) => chunk, options)],
  ['mapRecordsAsync', (options) => mapRecordsAsync(whole, options)],
  ['memoryOffsets', memoryOffsets],
  ['print', (options) => print(10, options)],
  ['queue', (options) => queue([], options)],
  ['saveAsObjectFiles', (options) => saveAsObjectFiles('out', '', options)],
  ['saveAsTextFiles', (options) => saveAsTextFiles('out', '', options)],
  ['socketFrames', socketFrames],
  ['socketText', socketText],
  ['StreamingContext', (options) => new StreamingContext(options)],
  ['tailFile', (options) => tailFile('log', options)],
  ['textFiles', (options) => textFiles('in', options)],
  ['topRecords', (options) => topRecords(3, whole, options)],
])('%s says so if its options are no options', (name, call) => {
  for (const options of [null, 42, 'text', true, []]) {
    expect(refusal(() => call(options as never))).toMatch(new RegExp(`${name}.*expected .*\\{.*got `));
  }
});

it.each<[string, () => unknown]>([
  ['trigger', () => new StreamingContext({ trigger: 'drain' as never })],
  ['scheduler', () => new StreamingContext({ interval: 1, scheduler: {} as never })],
  ['checkpoint', () => new StreamingContext({ interval: 1, checkpoint: './checkpoint' as never })],
  ['freezeState', () => new StreamingContext({ interval: 1, freezeState: 'false' as never })],
  ['onWarning', () => new StreamingContext({ interval: 1, onWarning: 'log' as never })],
  ['oneAtATime', () => queue([], { oneAtATime: 'false' as never })],
  ['completes', () => queue([], { completes: 0 as never })],
  ['replayable', () => queue([], { replayable: 1 as never })],
  ['defaultBatch', () => queue([], { defaultBatch: 7 as never })],
])('an option of another kind is refused where it is written: %s', (option, call) => {
  expect(refusal(call)).toMatch(new RegExp(`${option}.*expected .*got `));
});

it.each<[string, (fn: never) => unknown]>([
  ['aggregateByKey', (fn) => aggregateByKey((): unknown => 0, fn)],
  ['combineByKey', (fn) => combineByKey((value: unknown) => value, fn)],
  ['dropDuplicates', (by) => dropDuplicates({ by, atMost: 1 })],
  ['filterRecords', filterRecords],
  ['flatMapRecords', flatMapRecords],
  ['flatMapValues', flatMapValues],
  ['foldByKey', (fn) => foldByKey(0, fn)],
  ['mapRecords', mapRecords],
  ['mapValues', mapValues],
  ['mapWithState', mapWithState],
  ['reduceByKey', reduceByKey],
  ['reduceByKeyAndWindow', (fn) => reduceByKeyAndWindow(fn, { window: 1000 })],
  ['reduceByWindow', (fn) => reduceByWindow(fn, { window: 1000 })],
  ['reduceRecords', reduceRecords],
  ['sortRecords', sortRecords],
  ['split', (wanted) => split(NEVER, { wanted })],
  ['topRecords', (fn) => topRecords(1, fn)],
  ['updateStateByKey', updateStateByKey],
  ['updateStates', updateStates],
])('%s does not wait, so it refuses an async function and says which operator does', (name, call) => {
  for (const later of [async () => 1, async function* () {}]) {
    const message = refusal(() => call(later as never));
    expect(message).toMatch(
      new RegExp(`^${name}.*a function that answers at once, got an async function.*mapRecordsAsync`),
    );
  }
});
