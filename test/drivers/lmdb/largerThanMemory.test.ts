/** 100 MB of states in processes that may use 96 MB for objects, code included: 20 times what is in memory of them. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const program = fileURLToPath(new URL('largeState.ts', import.meta.url));

function run(name: string, batches: number, cached: number): { readonly output: string; readonly errors: string } {
  const options = ['--max-old-space-size=96', '--import', import.meta.resolve('tsx'), '--conditions=rx-dstream:source'];
  const args = [join(folder, name), `${batches}`, `${cached}`];
  const { stdout, stderr } = spawnSync(process.execPath, [...options, program, ...args], { encoding: 'utf8' });
  return { output: stdout, errors: stderr };
}

it('a state larger than memory grows, and is restored, within it', () => {
  expect(run('outside', 12, 500)).toEqual({ output: `${told(12_000)}\n`, errors: '' });
  expect(run('outside', 14, 500)).toEqual({ output: `${told(14_000)}\n`, errors: '' });
});

it('the same state in memory does not fit', () => {
  expect(run('inside', 12, 0)).toEqual({ output: '', errors: expect.stringContaining('heap out of memory') });
});

function told(counts: number): string {
  return JSON.stringify({ keys: 10_000, counts, wrong: 0 });
}
