/** The examples of looking things up, run as programs. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const programs: Program[] = [];

async function outputOf(example: string, batches: number): Promise<string> {
  const file = fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url));
  const program = runTypeScript(file, ['--batches', String(batches)], folder);
  programs.push(program);
  expect([await program.exited(), program.errors]).toEqual([0, '']);
  return program.output;
}

afterEach(async () => {
  for (const program of programs.splice(0)) await program.killed();
});

describe('examples/blacklist.ts', () => {
  it('leaves out who was banned, from the next batch on, and nobody else', async () => {
    const output = await outputOf('blacklist.ts', 4);
    expect(output.match(/^Time: \d+ ms$/gm)).toHaveLength(4);
    const [before, ...after] = output.split(/^banned from now on: /m);
    expect(before).toContain('(ann,');
    expect(after[0]).toMatch(/^ann\n/);
    expect(after[0]).toContain('(bob,');
    for (const part of after) expect(part).not.toContain('(ann,');
  });
});

describe('examples/tableJoin.ts', () => {
  it('joins with the prices of the file, and with the last good ones when it is broken, and says so', async () => {
    const output = await outputOf('tableJoin.ts', 6);
    expect(output.match(/^Time: \d+ ms$/gm)).toHaveLength(6);
    expect(output).toMatch(/^\d x milk: no price$/m);
    const [, stale, ...rest] = output.split(
      /^(rx-dstream: TABLE_STALE: joinTable: '\.demo\/prices\.json' could not be loaded again .*)$/m,
    );
    expect(stale).toContain('The last good one is used; the next batch tries again.');
    expect(rest[0]).toMatch(/^\d x (tea|jam|milk): (\d+|no price)$/m);
    expect(rest.join('')).toContain("joinTable: '.demo/prices.json' has been loaded again after 1 failure.");
  });
});
