import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileOffsets } from '../../../src/offsets/file/fileOffsets.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const committer = fileURLToPath(new URL('./committer.ts', import.meta.url));
const KILLS = 50;
const MOST_KILLS = 400;

describe('fileOffsets killed with -9', () => {
  it(`at ${KILLS} points or more of its commits always loads the last acknowledged offset or the one after it`, async () => {
    const path = join(folder, 'crash', 'offsets.json');
    let last = 0;
    let amid = 0;
    // On until a kill came between writing and renaming: otherwise this has shown little.
    for (let kill = 0; kill < KILLS || (amid === 0 && kill < MOST_KILLS); kill++) {
      const acknowledged = await killedAmid(path, last + 1 + (kill % 3), kill * 40_000);
      const warnings: string[] = [];
      const store = fileOffsets({ path, onWarning: (message) => warnings.push(message) });
      const found = new Map(
        (await store.load({})).map((offset) => [`${offset.topic} ${offset.partition}`, offset.until]),
      );
      expect([acknowledged, acknowledged + 1]).toContain(found.get('lines 0'));
      expect(new Set(found.values()).size).toBe(1);
      expect(found.size).toBe(41);
      expect(warnings).toEqual([]);
      last = found.get('lines 0') as number;
      const left = readdirSync(dirname(path)).filter((name) => name.includes('.tmp-'));
      expect(left.length).toBeLessThanOrEqual(2); // of this kill alone: the process before swept what it found
      amid += left.length;
    }
    expect(amid).toBeGreaterThan(0);
  }, 300_000);
});

/** Runs the committer, kills it `spins` turns of a loop after it acknowledged `until`, and answers its last acknowledgement. */
async function killedAmid(path: string, until: number, spins: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', committer, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const lastLine = (): number => Number(said.trimEnd().split('\n').at(-1) || 0);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (lastLine() < until || child.killed) return;
    // A different moment of the commit each time, without a clock.
    let turns = 0;
    while (turns < spins) turns += 1;
    child.kill('SIGKILL');
  });
  await once(child, 'close');
  return lastLine();
}
