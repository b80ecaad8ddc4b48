import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';
import { bufferTime, lastValueFrom, tap } from 'rxjs';
import type { Bench } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { monotonicMs } from './monotonicMs.ts';

const PER_SECOND = 20_000;
const TURNS = 3;
const SECONDS = 5;
/** The first ones of each turn do not count: code is still being compiled. */
const WARM_UP_SECONDS = 2;

/** Takes the lines from a port until the peer ends, and tells each when its result is out. */
type Pipeline = (port: number, out: (line: string) => void) => Promise<unknown>;

/** The figures of one pipeline, in milliseconds: of each quantile the median over the turns. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/**
 * From the moment a line is due in another process to the moment its batch's word count is out: 20,000 lines a second over TCP,
 * open loop, the pipelines in turns.
 */
export const bench: Bench = async () => {
  const { drained, ticked, buffered, bare } = await inTurns({
    drained: counted(() => new StreamingContext({ trigger: drain(), onWarning: () => {} })),
    ticked: counted(() => new StreamingContext({ interval: 10, onWarning: () => {} })),
    buffered: withBufferTime,
    bare: bareSocket,
  });
  return [
    {
      name: 'latency-10ms-p99',
      unit: 'ms',
      ours: ticked.p99,
      peers: { 'RxJS bufferTime(10)': buffered.p99, 'bare socket with split': bare.p99 },
      notes: [`rx-dstream ${told(ticked)}`, `RxJS ${told(buffered)}`, `bare socket ${told(bare)}`],
    },
    {
      name: 'latency-drain-p50',
      unit: 'ms',
      ours: drained.p50,
      peers: { 'bare socket with split': bare.p50 },
      notes: [`rx-dstream ${told(drained)}`, `bare socket ${told(bare)}`],
    },
  ];
};

async function inTurns<N extends string>(
  pipelines: Readonly<Record<N, Pipeline>>,
): Promise<Readonly<Record<N, Latency>>> {
  const names = Object.keys(pipelines) as N[];
  const turns = new Map<N, Float64Array[]>(names.map((name) => [name, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of names) turns.get(name)?.push(await latency(pipelines[name]));
  }
  const of = (name: N, q: number): number => {
    const each = (turns.get(name) ?? []).map((sorted) => quantile(sorted, q));
    return quantile(Float64Array.from(each).sort(), 0.5);
  };
  return Object.fromEntries(
    names.map((name) => [name, { p50: of(name, 0.5), p99: of(name, 0.99), p999: of(name, 0.999) }]),
  ) as Record<N, Latency>;
}

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
    const now = monotonicMs();
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
        countWords(lines);
        for (const line of lines) out(line);
      }),
    ),
  );
}

/** By hand, with no batches but the pieces that the socket gives. */
function bareSocket(port: number, out: (line: string) => void): Promise<unknown> {
  const socket = connect({ host: '127.0.0.1', port }).setEncoding('utf8');
  let rest = '';
  socket.on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    countWords(lines);
    for (const line of lines) out(line);
  });
  return once(socket, 'close');
}

function countWords(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function told({ p50, p99, p999 }: Latency): string {
  return `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, p99.9 ${p999.toFixed(2)} ms`;
}
