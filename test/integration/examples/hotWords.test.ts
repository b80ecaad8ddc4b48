import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../src/testing/SourceSession.ts';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const hotWords = fileURLToPath(new URL('../../../examples/hotWords.ts', import.meta.url));
const programs: Program[] = [];

function start(...args: string[]): Program {
  const program = runTypeScript(hotWords, args, folder);
  programs.push(program);
  return program;
}

afterEach(async () => {
  for (const program of programs.splice(0)) await program.killed();
  rmSync(join(folder, '.demo'), { recursive: true, force: true });
});

function committed(): number | undefined {
  const file = join(folder, '.demo', 'hot-words.offsets.json');
  if (!existsSync(file)) return undefined;
  const { offsets } = JSON.parse(readFileSync(file, 'utf8')) as { offsets: Record<string, Record<string, number>> };
  return Object.values(offsets['.demo/hot-words.log'] ?? {})[0];
}

describe('the hot start', { timeout: 30_000 }, () => {
  it('prints hot words and ends by itself after --batches', async () => {
    const program = start('--batches', '3');
    expect(await program.exited()).toBe(0);
    expect(program.output.match(/^Time: \d+ ms$/gm)?.length).toBe(3);
    expect(program.output).toMatch(/^\(\w{4,},\d+\)$/m);
  });

  it('goes on where it was killed, and says so', async () => {
    const first = start();
    for (let tries = 0; (committed() ?? 0) === 0; tries++) {
      expect(tries).toBeLessThan(5);
      await eventually('a commit', () => (committed() ?? 0) > 0).catch(() => {});
    }
    await first.killed();
    const position = committed();
    const second = start('--batches', '1');
    expect(await second.exited()).toBe(0);
    expect(second.output.split('\n')[0]).toBe(`tailFile: goes on at byte ${position} of .demo/hot-words.log.`);
  });

  it.each([
    ['--batches 0', ['--batches', '0'], '--batches 0: N is a whole number from 1.'],
    ['--batches soon', ['--batches', 'soon'], '--batches soon: N is a whole number from 1.'],
    ['--batches', ['--batches'], "Option '--batches <value>' argument missing"],
    ['--batch 3', ['--batch', '3'], "Unknown option '--batch'"],
  ])('called as %s says how to call it, and starts nothing', async (_, args, wrong) => {
    const program = start(...args);
    expect(await program.exited()).toBe(1);
    const [said, , ...usage] = program.errors.trimEnd().split('\n');
    expect(said).toBe(wrong);
    expect(usage).toEqual([
      expect.stringMatching(/^npm run demo +until/),
      expect.stringMatching(/-- --batches N +ends/),
    ]);
    expect(existsSync(join(folder, '.demo'))).toBe(false);
  });

  it('leaves no writer behind when it is killed', async () => {
    const program = start();
    const log = join(folder, '.demo', 'hot-words.log');
    await eventually('a line', () => existsSync(log) && readFileSync(log).length > 0).catch(() => {});
    await program.killed();
    await eventually('the writer to end', async () => {
      const before = readFileSync(log).length;
      await new Promise((resolve) => setTimeout(resolve, 150));
      return readFileSync(log).length === before;
    });
  });
});
