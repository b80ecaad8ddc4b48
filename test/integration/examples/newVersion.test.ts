import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const newVersion = fileURLToPath(new URL('../../../examples/newVersion/index.ts', import.meta.url));

const leftovers = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('new-version-'));

it('a program that is killed, upgraded, killed and started again counts every word once', async () => {
  const before = leftovers();
  const program = runTypeScript(newVersion, [], folder);
  const code = await program.exited();
  expect([code, program.errors]).toEqual([0, '']);
  const lines = program.output.trimEnd().split('\n');
  expect(lines.filter((line) => /^ {2}kill -9 after \d+ words/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => / came again, just as it was$/.test(line))).toHaveLength(2);
  expect(program.output).toContain("STATE_EMPTY_AT_START: The state 'frequent' begins empty");
  expect(program.output).not.toContain("The state 'totals' begins empty");
  expect(lines.at(-1)).toMatch(/^exact: \d{3,} words, each counted once, in three lives of two versions$/);
  expect(leftovers()).toEqual(before);
});
