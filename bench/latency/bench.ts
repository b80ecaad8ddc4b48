import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';
import { bufferTime, lastValueFrom, tap } from 'rxjs';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';

const PER_SECOND = 20_000;
const SECONDS = 8;
/** The first ones do not count: code is still being compiled. */
const WARM_UP_SECONDS = 3;

/** Takes the lines from a port until the peer ends, and tells each when its result is out. */
type Pipeline = (port: number, out: (line: string) => void) => Promise<unknown>;

/**
 * From the moment a line is due in another process to the moment its batch's word count is out: 20,000 lines a second over TCP,
 * open loop.
 */
export const bench: Bench = async () => {
  const drained = await latency(counted(() => new StreamingContext({ trigger: drain(), onWarning: () => {} })));
  const ticked = await latency(counted(() => new StreamingContext({ interval: 10, onWarning: () => {} })));
  const buffered = await latency(withBufferTime);
  const row = (name: string, ours: Float64Array, peer: Record<string, number>, notes: string[]): BenchRow => ({
    name,
    unit: 'ms',
    ours: name.endsWith('p50') ? quantile(ours, 0.5) : quantile(ours, 0.99),
    peers: peer,
    notes: [
      ...notes,
      `p50 ${at(ours, 0.5)}, p99 ${at(ours, 0.99)}, p99.9 ${at(ours, 0.999)} ms of ${ours.length} lines`,
    ],
  });
  return [
    row('latency-10ms-p99', ticked, { 'RxJS bufferTime(10)': quantile(buffered, 0.99) }, []),
    row('latency-drain-p50', drained, {}, []),
  ];
};

/** Milliseconds, in rising order. */
async function latency(pipeline: Pipeline): Promise<Float64Array> {
  const sender = spawn(process.execPath, [
    fileURLToPath(new URL('sender.js', import.meta.url)),
    String(PER_SECOND),
    String(SECONDS),
  ]);
  const [said] = (await once(sender.stdout, 'data')) as [Buffer];
  const { port } = JSON.parse(said.toString()) as AddressInfo;
  const total = PER_SECOND * SECONDS;
  const skipped = PER_SECOND * WARM_UP_SECONDS;
  const ms = new Float64Array(total - skipped);
  let seen = 0;
  await pipeline(port, (line) => {
    const now = performance.timeOrigin + performance.now();
    if (seen >= skipped) ms[seen - skipped] = now - Number(line.slice(0, line.indexOf(' ')));
    seen++;
  });
  if (seen !== total) throw new Error(`latency: ${seen} of ${total} lines came out`);
  return ms.sort();
}

function counted(makeContext: () => StreamingContext): Pipeline {
  return (port, out) =>
    lastValueFrom(
      socketText({ host: '127.0.0.1', port, onEnd: 'complete' }).pipe(
        batchInterval(makeContext()),
        foreachBatch((batch) => {
          const counts = new Map<string, number>();
          batch.forEach((line) => {
            for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
          });
          batch.forEach(out);
        }),
      ),
    );
}

function withBufferTime(port: number, out: (line: string) => void): Promise<unknown> {
  return lastValueFrom(
    socketText({ host: '127.0.0.1', port, onEnd: 'complete' }).pipe(
      bufferTime(10),
      tap((lines) => {
        const counts = new Map<string, number>();
        for (const line of lines) for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
        for (const line of lines) out(line);
      }),
    ),
  );
}

function at(sorted: Float64Array, q: number): string {
  return quantile(sorted, q).toFixed(2);
}
