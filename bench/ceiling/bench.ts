import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../measure/Bench.ts';
import { runScript } from '../measure/inChild.ts';
import type { CeilingRun } from './CeilingRun.ts';

const BYTES = 1000;
const PER_SECOND = 4000;
const TIMES = 10;
const SECONDS = 60;
/** By then the log is full and code is compiled. */
const WARM_UP_SECONDS = 10;
const LOG_BYTES = 64 * 2 ** 20;

/**
 * The most memory resident in a minute in which a TCP peer sends ten times as much as the output takes, into a socket with a
 * write-ahead log of 64 MiB: it fills, then the peer is held up. Beside it the same with an output that takes all that comes.
 */
export const bench: Bench = async () => {
  const slow = await received(PER_SECOND);
  const free = await received(null);
  const later = slow.residentMB.slice(WARM_UP_SECONDS);
  const curve = slow.residentMB.filter((_, second) => second % 5 === 4).join(' ');
  return [
    {
      name: 'ceiling',
      unit: `MB at the peak, from second ${WARM_UP_SECONDS} to ${SECONDS}`,
      ours: Math.max(...later),
      peers: {
        'the same, at its least': Math.min(...later),
        'output as fast as the peer': Math.max(...free.residentMB.slice(WARM_UP_SECONDS)),
      },
      notes: [
        `resident after 5, 10, ... seconds: ${curve} MB; ${slow.lines} lines out of ${TIMES * PER_SECOND * SECONDS} offered`,
        `with a fast output ${free.lines} lines out; log on disk, synced`,
      ],
    },
  ];
};

async function received(perSecond: number | null): Promise<CeilingRun> {
  const folder = await mkdtemp(join(tmpdir(), 'rx-dstream-ceiling-'));
  const rate = String(TIMES * PER_SECOND);
  const sender = spawn(process.execPath, [scriptOf('sender.js'), rate, String(BYTES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = (await once(sender.stdout, 'data')) as [Buffer];
    const { port } = JSON.parse(said.toString()) as AddressInfo;
    const settings = { port, folder: join(folder, 'log'), maxBytes: LOG_BYTES, perSecond, seconds: SECONDS };
    return (await runScript(scriptOf('receiver.js'), [JSON.stringify(settings)])) as CeilingRun;
  } finally {
    sender.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function scriptOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
