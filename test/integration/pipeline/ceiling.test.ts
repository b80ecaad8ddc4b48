/** A peer that sends ten times what the output takes, into a socket with a write-ahead log: the short form of the benchmark `ceiling`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { CeilingRun } from '../../../bench/ceiling/CeilingRun.ts';
import { runScript } from '../../../bench/measure/inChild.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const home = temporaryFolder();
const PER_SECOND = 4000;
const BYTES = 1000;
const SECONDS = 9;

async function script(name: 'sender' | 'receiver'): Promise<string> {
  mkdirSync(join(home, name));
  const source = fileURLToPath(new URL(`../../../bench/ceiling/${name}.ts`, import.meta.url));
  return bundledProgram(source, join(home, name));
}

it('resident memory stays flat while a peer sends ten times what the output takes', async () => {
  const sender = spawn(process.execPath, [await script('sender'), String(10 * PER_SECOND), String(BYTES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = (await once(sender.stdout, 'data')) as [Buffer];
    const { port } = JSON.parse(said.toString()) as AddressInfo;
    const settings = {
      port,
      folder: join(home, 'log'),
      maxBytes: 32 * 2 ** 20,
      perSecond: PER_SECOND,
      seconds: SECONDS,
    };
    const { residentMB, lines } = (await runScript(await script('receiver'), [JSON.stringify(settings)])) as CeilingRun;
    console.log(`resident: ${residentMB.join(' ')} MB; ${lines} lines`);
    expect(lines).toBeGreaterThan(0);
    // After a third of the time the log is full; in the rest another 240 MB were offered.
    const [early, late] = [residentMB.slice(SECONDS / 3, (2 * SECONDS) / 3), residentMB.slice((2 * SECONDS) / 3)];
    expect(mean(late) - mean(early)).toBeLessThan(60);
  } finally {
    sender.kill();
  }
});

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
