import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from '../../measure/Bench.ts';
import { quantile } from '../../measure/interleaved.ts';
import type { Served } from './server.ts';

const TURNS = 3;
const CONTENDERS = ['disk', 'unsynced', 'memory', 'avsc'] as const;

type Contender = (typeof CONTENDERS)[number];

/**
 * Events from a real agent that makes and sends them as fast as it can, and from a client that costs next to nothing. Each server in a
 * process of its own, in turns, on the same port: the agent goes on to the next one, so its Java is warm from the second turn on.
 */
export const bench: Bench = async () => {
  const { BENCH_PUSH_PORT, BENCH_EVENT_BYTES, BENCH_FREE_PORT } = process.env;
  if (BENCH_PUSH_PORT === undefined) throw new Error('no agent: npm run bench starts it');
  const rows: BenchRow[] = [];
  for (const [name, port, bytes, feed] of [
    ['flume-push-agent, four sinks', Number(BENCH_PUSH_PORT), Number(BENCH_EVENT_BYTES), undefined],
    ['flume-push-client, one connection, two headers', Number(BENCH_FREE_PORT), 200, 'sender.js'],
  ] as const) {
    const turns: Record<Contender, Served[]> = { disk: [], unsynced: [], memory: [], avsc: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      for (const who of CONTENDERS) turns[who].push(await served(who, port, bytes, feed));
    }
    rows.push(rowOf(name, bytes, turns));
  }
  return rows;
};

async function served(who: Contender, port: number, bytes: number, feed: string | undefined): Promise<Served> {
  const server = node('server.js', who, port, bytes);
  let sender: ChildProcess | undefined;
  let last = '';
  for await (const line of createInterface(server.stdout as NonNullable<typeof server.stdout>)) {
    last = line;
    if (line === 'listening' && feed !== undefined) sender = node(feed, port, bytes);
  }
  if (sender !== undefined && sender.exitCode === null) await once(sender, 'exit');
  return JSON.parse(last) as Served;
}

function node(script: string, ...args: readonly (string | number)[]): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [path, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function rowOf(name: string, bytes: number, turns: Record<Contender, readonly Served[]>): BenchRow {
  const median = (who: Contender, of: keyof Served): number =>
    quantile(
      turns[who].map((served) => served[of]).sort((a, b) => a - b),
      0.5,
    );
  const cpu = CONTENDERS.map(
    (who) => `${who} ${median(who, 'cpu').toFixed(2)} (${Math.round(median(who, 'rssMiB'))} MiB)`,
  );
  const perCpu = CONTENDERS.map((who) => `${who} ${Math.round(median(who, 'perSecond') / median(who, 'cpu'))}`);
  return {
    name,
    unit: 'events/s',
    ours: Math.round(median('disk', 'perSecond')),
    peers: {
      'ours, log on disk, never synced': Math.round(median('unsynced', 'perSecond')),
      'ours, log in memory': Math.round(median('memory', 'perSecond')),
      'avsc server, keeps nothing': Math.round(median('avsc', 'perSecond')),
    },
    notes: [
      `${bytes} bytes an event, batches of 1000, acknowledged when the log is on disk; seen by an output`,
      `processors busy in the server, and its memory: ${cpu.join(', ')}`,
      `events per second of the server's processor time: ${perCpu.join(', ')}`,
    ],
  };
}
