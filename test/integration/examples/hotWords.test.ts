import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileCheckpoint } from 'rx-dstream/file';
import { afterEach, describe, expect, it, vi } from 'vitest';
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

/** A batch as it was printed: its time, and each word with how often it came in the window and ever. */
interface Printed {
  readonly time: number;
  readonly words: ReadonlyMap<string, readonly [hot: number, total: number]>;
}

function printed({ output }: Program): readonly Printed[] {
  const [, ...batches] = output.split(/^Time: /m);
  return batches.map((text) => ({
    time: Number.parseInt(text, 10),
    words: new Map(
      [...text.matchAll(/^\((\w{4,}),\((\d+),(\d+)\)\)$/gm)].map(([, word, hot, total]) => [
        word as string,
        [Number(hot), Number(total)],
      ]),
    ),
  }));
}

/** Waits until it holds, also on a machine that is busy with other things. */
function until(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { timeout: 60_000, interval: 20 });
}

/** Waits for two batches with words: then the first has settled. */
async function counting(program: Program): Promise<void> {
  await until(() => expect(printed(program).filter(({ words }) => words.size > 0).length).toBeGreaterThan(1));
}

/** The totals in the checkpoint, and those of the lines up to where it says that the log was read. */
async function totals(): Promise<readonly [kept: Counts, inLog: Counts]> {
  const checkpoint = fileCheckpoint(join(folder, '.demo', 'checkpoint'));
  let kept: Counts = new Map();
  let at = 0;
  await checkpoint.inspect(({ states, positions }) => {
    const entries = [...(states.get('totals/keys')?.entries ?? [])];
    const pairs = entries.flatMap(({ keys, values }) => keys.map((key, n) => [key, values[n]] as [string, number]));
    kept = new Map(pairs);
    at = ([...positions.values()][0] as { readonly at: number }).at;
  });
  const inLog = new Map<string, number>();
  const lines = readFileSync(join(folder, '.demo', 'hot-words.log'))
    .subarray(0, at)
    .toString();
  for (const word of lines.toLowerCase().match(/[a-z]{4,}/g) ?? []) inLog.set(word, (inLog.get(word) ?? 0) + 1);
  return [kept, inLog];
}

type Counts = ReadonlyMap<string, number>;

describe('the hot start', () => {
  it('prints hot words and ends by itself after --batches', async () => {
    const program = start('--batches', '3');
    expect(await program.exited()).toBe(0);
    expect(program.output.match(/^Time: \d+ ms$/gm)?.length).toBe(3);
    expect(program.output).toMatch(/^\(\w{4,},\(\d+,\d+\)\)$/m);
    expect(program.output.split('\n')[0]).toBe(
      'Begins with nothing. Kill it and start it again: it goes on. Remove the folder .demo to begin afresh.',
    );
    expect(program.errors).toBe('');
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'goes on where %s ended it: totals, windows and place, and says so',
    async (signal) => {
      const first = start();
      await counting(first);
      first.process.kill(signal);
      await first.exited();
      const second = start('--batches', '2');
      expect(await second.exited()).toBe(0);
      expect(second.output.split('\n')[0]).toMatch(
        /^Goes on after the batch of .+, with the totals of [1-9]\d* words\. Remove/,
      );
      expect(second.errors).toBe('');
      const [before, after] = [printed(first), printed(second)];
      const [begin, end] = [before[0]?.time ?? 0, after.at(-1)?.time ?? 0];
      for (const [word, [, total]] of before.at(-1)?.words ?? [])
        expect(after.at(-1)?.words.get(word)?.[1] ?? total).toBeGreaterThanOrEqual(total);
      // Nothing has left the window so far: it has what the process before had put into it.
      if (end - begin < 30_000) for (const [, [hot, total]] of after.at(-1)?.words ?? []) expect(hot).toBe(total);
      const [kept, inLog] = await totals();
      expect(kept).toEqual(inLog);
      expect(kept.size).toBeGreaterThan(10);
    },
  );

  it('begins afresh without the folder', async () => {
    const first = start('--batches', '1');
    expect(await first.exited()).toBe(0);
    rmSync(join(folder, '.demo'), { recursive: true });
    const second = start('--batches', '1');
    expect(await second.exited()).toBe(0);
    expect(second.output).toMatch(/^Begins with nothing/);
  });

  it('is not to be started twice at a time, and says so', async () => {
    const first = start();
    await counting(first);
    const second = start();
    expect(await second.exited()).toBe(1);
    expect(second.errors).toContain('CHECKPOINT_OWNED');
    const seen = printed(first).length;
    await until(() => expect(printed(first).length).toBeGreaterThan(seen));
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
    await until(() => expect(readFileSync(log).length).toBeGreaterThan(0));
    program.process.kill('SIGKILL');
    // Its output is closed when the last process that has it is gone: the writer has it, too.
    await program.exited();
    expect(program.process.signalCode).toBe('SIGKILL');
  });
});
