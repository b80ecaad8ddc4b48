/** A pipeline whose output fails: what is committed, what the subscriber is told, where it goes on. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { committedIn, linesPutOut, numbersTo, outputOf, type WrittenBatch } from './outputOf.ts';
import { pipelines, until } from './Pipeline.ts';
import type { FailingOutput } from './programs/failingOutput.ts';

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

let count = 0;

function setUp(how: Pick<FailingOutput, 'batch' | 'times' | 'handler'>): FailingOutput {
  const home = join(folder, `${count++}`);
  return { log: `${home}.log`, out: `${home}.out`, store: `${home}.offsets.json`, ...how };
}

it('the subscriber is told the batch, the output and the cause; nothing of that batch is committed', async () => {
  const settings = setUp({ batch: 4, times: 1, handler: 'error' });
  growingLog(settings.log);
  const pipeline = start('failingOutput', settings);
  await until('the error', () => pipeline.of('error').length > 0, pipeline);
  expect(await pipeline.program.exited()).toBe(0); // nothing is left that would keep it alive
  const written = outputOf(settings.out);
  const failed = written[3] as WrittenBatch;
  expect(written).toHaveLength(4);
  expect(pipeline.of('error')[0]?.error).toEqual({
    name: 'StreamError',
    code: 'OUTPUT_FAILED',
    message: `foreachBatch: the output of the batch of time ${failed.time} failed: the database is gone. Nothing of it was committed.`,
    cause: { name: 'Error', message: 'the database is gone' },
  });
  expect(committedIn(settings.store)).toBe(failed.from);
  expect(pipeline.settled().map(({ time }) => time)).toEqual(written.slice(0, 3).map(({ time }) => time));
  expect(pipeline.of('run').map(({ status }) => status)).toEqual(['started', 'failed']);
  expect(pipeline.program.errors).toBe('');
});

it('retry() begins with that batch again: the same time, the same records, as often as it fails, then those after it', async () => {
  const settings = setUp({ batch: 4, times: 3, handler: 'retry' });
  const log = growingLog(settings.log);
  const pipeline = start('failingOutput', settings);
  await until('batches after it', () => pipeline.settled().length >= 8, pipeline);
  log.stop();
  await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
  expect(await pipeline.terminated()).toBe(0);
  const written = outputOf(settings.out);
  const failed = written[3] as WrittenBatch;
  expect(written.slice(3, 7)).toEqual([failed, failed, failed, failed]);
  const once = written.toSpliced(4, 3);
  expect(once.flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
  expect(once.map(({ time }) => time)).toEqual(pipeline.settled().map(({ time }) => time));
  expect(pipeline.of('batch').filter(({ repeated }) => repeated)[0]?.time).toBe(failed.time);
  expect(pipeline.of('error')).toHaveLength(3);
  expect(committedIn(settings.store)).toBe(statSync(settings.log).size);
});

it('without an error handler the process ends with an error that can be read, and the next one loses nothing', async () => {
  const settings = setUp({ batch: 4, times: 1, handler: 'none' });
  const log = growingLog(settings.log);
  const first = start('failingOutput', settings);
  expect(await first.program.exited()).toBe(1);
  const failed = outputOf(settings.out)[3] as WrittenBatch;
  const { errors } = first.program;
  expect(errors).toContain(
    `StreamError: foreachBatch: the output of the batch of time ${failed.time} failed: the database is gone. Nothing of it was committed.`,
  );
  expect(errors).toContain("code: 'OUTPUT_FAILED'");
  expect(errors).toMatch(/\[cause\]: Error: the database is gone\n +at .*failingOutput\.ts/);
  expect(committedIn(settings.store)).toBe(failed.from);

  const second = start('failingOutput', { ...settings, times: 0 });
  await until('batches', () => second.settled().length >= 3, second);
  log.stop();
  await until('every line', () => linesPutOut(settings.out) === log.written, second);
  expect(await second.terminated()).toBe(0);
  const written = outputOf(settings.out);
  expect(written[4]?.from).toBe(failed.from);
  expect(written.toSpliced(3, 1).flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
});
