/** A process that is frozen for a while, as by a laptop that sleeps or a machine that is short of memory. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { linesPutOut, numbersTo, outputOf } from './outputOf.ts';
import { pipelines, until } from './Pipeline.ts';
import type { TailLines } from './programs/tailLines.ts';

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

it('every tick that was missed is made up, one by one, and no line is lost', async () => {
  const settings: TailLines = {
    log: join(folder, 'app.log'),
    out: join(folder, 'app.out'),
    store: join(folder, 'offsets.json'),
  };
  const log = growingLog(settings.log);
  const pipeline = start('tailLines', settings);
  await until('batches', () => pipeline.settled().length >= 5, pipeline);
  pipeline.program.process.kill('SIGSTOP');
  const before = log.written;
  const batches = outputOf(settings.out).length;
  await until('lines that nobody reads', () => log.written > before + 600); // a second, about
  pipeline.program.process.kill('SIGCONT');
  await until('batches after it', () => outputOf(settings.out).length > batches + 25, pipeline);
  log.stop();
  await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
  expect(await pipeline.terminated()).toBe(0);
  const written = outputOf(settings.out);
  expect(written.flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
  const first = written[0]?.time as number;
  expect(written.map(({ time }) => time)).toEqual(written.map((_, i) => first + i * 50));
  expect(Math.max(...pipeline.of('batch').map(({ schedulingDelay }) => schedulingDelay))).toBeGreaterThan(500);
});
