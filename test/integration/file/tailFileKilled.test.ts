import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../../../src/testing/SourceSession.ts';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const tailToFile = fileURLToPath(new URL('tailToFile.ts', import.meta.url));

it('loses no line of a rotating log when the process is killed again and again, and repeats only what had not settled', async () => {
  const [log, offsets, out] = ['app.log', 'offsets.json', 'out.txt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  let written = 0;
  const writer = setInterval(() => {
    // Without a committed position there is nothing to look for beside the path; with a second batch the first is committed.
    if (written % 1500 === 1000 && batches(out).length >= 2) renameSync(log, `${log}.${written}`);
    for (let i = 0; i < 10; i++) appendFileSync(log, `line ${written++} ${'x'.repeat(50)}\n`);
  }, 1);
  let program: Program | undefined;
  try {
    for (let life = 0; life < 6; life++) {
      program = runTypeScript(tailToFile, [log, offsets, out], folder);
      const { pid } = program.process;
      await eventually('two batches of this life', () => batches(out).filter(([who]) => who === pid).length >= 2);
      await program.killed();
    }
    clearInterval(writer);
    program = runTypeScript(tailToFile, [log, offsets, out], folder);
    await eventually('the last line', () => batches(out).at(-1)?.[1].at(-1) === written - 1);
  } finally {
    clearInterval(writer);
    await program?.killed();
  }
  let next = 0;
  let alive: number | undefined;
  for (const [pid, numbers] of batches(out)) {
    // A new life begins no later than the one before ended, and no earlier than its last batch.
    if (pid !== alive) expect(numbers[0]).toBeLessThanOrEqual(next);
    else expect(numbers[0]).toBe(next);
    expect(numbers).toEqual(Array.from(numbers, (_, i) => (numbers[0] as number) + i));
    alive = pid;
    next = (numbers.at(-1) as number) + 1;
  }
  expect(next).toBe(written);
});

function batches(out: string): [pid: number, numbers: number[]][] {
  if (!existsSync(out)) return [];
  const lines = readFileSync(out, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [pid, numbers = ''] = line.split(': ');
    return [Number(pid), numbers.split(',').map(Number)];
  });
}
