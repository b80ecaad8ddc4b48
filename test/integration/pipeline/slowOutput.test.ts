/** An output ten times slower than the interval for a while: nothing lost, nothing merged, and memory does not grow. */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { type Pipeline, pipelines, until } from './Pipeline.ts';
import type { SlowOutput } from './programs/slowOutput.ts';

const MB = 2 ** 20;
const QUEUE = 10;
const how = { intervalMs: 50, outputMs: 500, maxQueuedBatches: QUEUE } satisfies Partial<SlowOutput>;

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

const lineOf = (line: number): string => `line ${line} ${'x'.repeat(900)}`;

it('with tailFile: the log waits in its file, ticks wait as a count, and all is caught up', async () => {
  const path = join(folder, 'slow.log');
  const log = growingLog(path, lineOf);
  const from = { log: path, store: join(folder, 'slow.offsets.json') };
  const pipeline = start('slowOutput', { ...how, from, maxBytes: 2 * MB } satisfies SlowOutput);
  let backlog = 0;
  await until(
    'a long backlog',
    () => {
      backlog = statSync(path).size - (pipeline.of('measure').at(-1)?.processed ?? 0);
      if (backlog < 96 * MB) log.append(300);
      return backlog >= 96 * MB && mostWaiting(pipeline) >= 2 * QUEUE;
    },
    pipeline,
  );
  log.stop();
  await caughtUp(pipeline, log.written);
  expectNoneMissing(pipeline);
  expect(Math.max(...pipeline.of('batch').map(({ queued }) => queued))).toBe(QUEUE);
  expect(swing(pipeline)).toBeLessThan(40 * MB);
  expect(pipeline.settled().at(-1)?.sources[0]?.offsets?.[0]?.until).toBe(statSync(path).size);
});

it('with socketText: TCP holds the sender up, and all is caught up', async () => {
  let sent = 0;
  let lines = 0;
  let isOver = false;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('drain', () => flood(socket));
    flood(socket);
  }).listen(0, '127.0.0.1');
  /** Sends for as long as the system takes it. */
  function flood(socket: Socket): void {
    for (let takes = true; takes && !isOver; ) {
      const text = Array.from({ length: 100 }, () => `${lineOf(lines++)}\n`).join('');
      sent += text.length;
      takes = socket.write(text);
    }
  }
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pipeline = start('slowOutput', { ...how, from: { port }, maxBytes: 4 * MB } satisfies SlowOutput);
    let mostAhead = 0;
    await until(
      'waiting ticks',
      () => {
        const processed = pipeline.of('measure').at(-1)?.processed ?? 0;
        if (processed > 0) mostAhead = Math.max(mostAhead, sent - processed);
        return mostWaiting(pipeline) >= 2 * QUEUE && pipeline.of('measure').length >= 4;
      },
      pipeline,
    );
    isOver = true;
    await caughtUp(pipeline, lines);
    expectNoneMissing(pipeline);
    // Our 4 MB, those of five slow batches between two measures, and what the system keeps between two sockets.
    expect(mostAhead).toBeLessThan(48 * MB);
    expect(swing(pipeline)).toBeLessThan(40 * MB);
  } finally {
    server.close();
  }
});

/** The output becomes fast, and the last line comes; then the end, in good order. */
async function caughtUp(pipeline: Pipeline, lines: number): Promise<void> {
  pipeline.program.process.kill('SIGUSR2');
  await until('every line', () => (pipeline.of('measure').at(-1)?.lines ?? 0) === lines, pipeline);
  await until('the waiting ticks', () => pipeline.of('batch').at(-1)?.waitingTicks === 0, pipeline);
  expect(await pipeline.terminated()).toBe(0);
  expect(pipeline.of('error')).toEqual([]);
}

/** A batch for each tick, however late it came. */
function expectNoneMissing(pipeline: Pipeline): void {
  const times = pipeline.settled().map(({ time }) => time);
  expect(times).toEqual(times.map((_, i) => (times[0] as number) + i * how.intervalMs));
}

function mostWaiting(pipeline: Pipeline): number {
  return Math.max(0, ...pipeline.of('batch').map(({ waitingTicks }) => waitingTicks));
}

/** How far its memory, after garbage collection, went up and down, in bytes. */
function swing(pipeline: Pipeline): number {
  const memory = pipeline.of('measure').map((measure) => measure.memory as number);
  return Math.max(...memory) - Math.min(...memory);
}
