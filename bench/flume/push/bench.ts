import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from '../../measure/Bench.ts';
import { quantile } from '../../measure/interleaved.ts';
import type { PushLoad } from './PushLoad.ts';
import type { Served } from './server.ts';

const TURNS = 2;
const CONTENDERS = ['disk', 'memory', 'kept', 'avsc', 'tuned'] as const;

type Contender = (typeof CONTENDERS)[number];

/**
 * Events from a real agent that makes and sends them as fast as it can, and from a client that costs next to nothing. Each server in a
 * process of its own, in turns, on the same port: the agent goes on to the next one, so its Java is warm from the second turn on.
 */
export const bench: Bench = async () => {
  const { BENCH_PUSH_LOADS, BENCH_FREE_PORT } = process.env;
  if (BENCH_PUSH_LOADS === undefined) throw new Error('no agent: npm run bench starts it');
  const rows: BenchRow[] = [];
  for (const load of JSON.parse(BENCH_PUSH_LOADS) as readonly PushLoad[]) {
    rows.push(await measured(`flume-push-agent, ${load.sinks} x ${load.bytes} bytes`, load));
  }
  const load = { port: Number(BENCH_FREE_PORT), sinks: 1, bytes: 200 };
  rows.push(await measured('flume-push-client, 1 x 200 bytes, two headers', load, 'sender.js'));
  return rows;
};

async function measured(name: string, { port, bytes }: PushLoad, feed?: string): Promise<BenchRow> {
  const turns: Record<Contender, Served[]> = { disk: [], memory: [], kept: [], avsc: [], tuned: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const who of CONTENDERS) turns[who].push(await served(who, port, bytes, feed));
  }
  return rowOf(name, turns);
}

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

function rowOf(name: string, turns: Record<Contender, readonly Served[]>): BenchRow {
  const median = (who: Contender, of: (served: Served) => number): number =>
    quantile(
      turns[who].map(of).sort((a, b) => a - b),
      0.5,
    );
  const perSecond = (who: Contender): number => Math.round(median(who, (served) => served.perSecond));
  const shown = (of: (served: Served) => number, unit: string, digits: number): string =>
    CONTENDERS.map((who) => `${who} ${median(who, of).toFixed(digits)}${unit}`).join(', ');
  return {
    name,
    unit: 'events/s',
    ours: perSecond('disk'),
    peers: {
      'ours, log in memory': perSecond('memory'),
      'avsc server with TCP_NODELAY, appends and syncs before it answers': perSecond('kept'),
      'avsc server as documented, keeps nothing': perSecond('avsc'),
      'avsc server with TCP_NODELAY, keeps nothing': perSecond('tuned'),
    },
    notes: [
      'connections x bytes of a body; messages of 1000, acknowledged when the log has them, seen by an output',
      `processor seconds for a million events: ${shown(({ cpu, perSecond }) => (cpu * 1e6) / perSecond, '', 2)}`,
      `processors busy: ${shown(({ cpu }) => cpu, '', 2)}; resident: ${shown(({ rssMiB }) => rssMiB, ' MiB', 0)}`,
    ],
  };
}
