/** The clean end: on SIGTERM as a user writes it, and from within an output. */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { committedIn, linesPutOut, numbersTo, outputOf } from './outputOf.ts';
import { pipelines, until } from './Pipeline.ts';
import type { SocketLines } from './programs/socketLines.ts';
import type { StopFromWithin } from './programs/stopFromWithin.ts';
import type { TailLines } from './programs/tailLines.ts';

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

function setUp(): { log: string; out: string; store: string } {
  const home = join(folder, freshName('lines'));
  return { log: `${home}.log`, out: `${home}.out`, store: `${home}.offsets.json` };
}

it('SIGTERM while the log grows and batches wait: what was there is put out and committed, and the process ends with 0', async () => {
  const settings: TailLines = { ...setUp(), outputMs: 120 };
  const log = growingLog(settings.log);
  const pipeline = start('tailLines', settings);
  await until('batches that wait', () => pipeline.of('batch').some(({ queued }) => queued >= 3), pipeline);
  const received = log.written;
  expect(await pipeline.terminated()).toBe(0);

  const written = outputOf(settings.out);
  const end = linesPutOut(settings.out);
  expect(end).toBeGreaterThanOrEqual(received);
  expect(written.flatMap(({ lines }) => lines)).toEqual(numbersTo(end));
  expect(committedIn(settings.store)).toBe(written.at(-1)?.until);
  expect(pipeline.settled().map(({ time }) => time)).toEqual(written.map(({ time }) => time));
  expect(pipeline.of('run').at(-1)?.status).toBe('ended');
  expect(pipeline.of('complete')).toHaveLength(1);
  expect(pipeline.program.errors).toBe('');

  // The next life reads what came later, and nothing twice.
  const next = start('tailLines', settings);
  log.stop();
  await until('every line', () => linesPutOut(settings.out) === log.written, next);
  expect(await next.terminated()).toBe(0);
  expect(outputOf(settings.out).flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
});

skipUnless('redis')('with a Redis that has to be closed', () => {
  it('SIGTERM ends it with 0 all the same', async () => {
    const settings: TailLines = { ...setUp(), store: redisUrl(), group: freshName('lines') };
    const log = growingLog(settings.log);
    const pipeline = start('tailLines', settings);
    await until('batches', () => pipeline.settled().length >= 3, pipeline);
    const received = log.written;
    expect(await pipeline.terminated()).toBe(0);
    expect(linesPutOut(settings.out)).toBeGreaterThanOrEqual(received);
    expect(pipeline.settled().length).toBe(outputOf(settings.out).length);
  });
});

it('SIGTERM with socketText: every line that had come is put out', async () => {
  let sent = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const timer = setInterval(() => socket.write(`line ${sent++}\n`), 3);
    socket.on('close', () => clearInterval(timer));
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const out = join(folder, 'socket.out');
    const pipeline = start('socketLines', { port, out } satisfies SocketLines);
    await until('batches that wait', () => pipeline.of('batch').some(({ queued }) => queued >= 3), pipeline);
    // What a slow batch behind this moment has in hand had come before.
    const received = linesPutOut(out);
    expect(await pipeline.terminated()).toBe(0);
    const written = outputOf(out);
    expect(linesPutOut(out)).toBeGreaterThan(received);
    expect(written.flatMap(({ lines }) => lines)).toEqual(numbersTo(linesPutOut(out)));
    expect(pipeline.settled().map(({ time }) => time)).toEqual(written.map(({ time }) => time));
    expect(pipeline.of('complete')).toHaveLength(1);
    expect(pipeline.program.errors).toBe('');
  } finally {
    server.close();
  }
});

it('an output that stops gracefully at its third batch: that one and what has come by then is settled', async () => {
  const settings: StopFromWithin = { ...setUp(), batch: 3, graceful: true };
  const log = growingLog(settings.log);
  const pipeline = start('stopFromWithin', settings);
  expect(await pipeline.program.exited()).toBe(0);
  log.stop();
  const written = outputOf(settings.out);
  expect(written.length).toBeGreaterThanOrEqual(3);
  expect(pipeline.settled().map(({ time }) => time)).toEqual(written.map(({ time }) => time));
  expect(committedIn(settings.store)).toBe(written.at(-1)?.until);
  expect(written.flatMap(({ lines }) => lines)).toEqual(numbersTo(linesPutOut(settings.out)));
});

it('an output that stops at once at its third batch: that one is left, and the next life begins with it', async () => {
  const settings: StopFromWithin = { ...setUp(), batch: 3, graceful: false };
  const log = growingLog(settings.log);
  const first = start('stopFromWithin', settings);
  expect(await first.program.exited()).toBe(0);
  const written = outputOf(settings.out);
  expect(written).toHaveLength(3);
  expect(first.settled()).toHaveLength(2);
  expect(committedIn(settings.store)).toBe(written[2]?.from);

  const second = start('tailLines', settings);
  log.stop();
  await until('every line', () => linesPutOut(settings.out) === log.written, second);
  expect(await second.terminated()).toBe(0);
  const all = outputOf(settings.out).toSpliced(2, 1);
  expect(all.flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
  expect(committedIn(settings.store)).toBe(statSync(settings.log).size);
});
