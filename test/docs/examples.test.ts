/** What the documentation shows is true: its examples compile, and those marked `run` run with the values they claim. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fences, ROOT, withAssertions } from './fences.ts';

/** Inside the project, so that `rx-dstream` in an example means the project itself; ignored by git. */
const FOLDER = join(ROOT, '.cache', `docs-${process.pid}`);
const examples = fences();

beforeAll(() => mkdirSync(join(FOLDER, 'run'), { recursive: true }));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('the examples of the documentation', () => {
  const checked = examples.filter(({ kind }) => kind !== 'sketch');

  it('compile, all of them, as they stand', async () => {
    const compilerOptions = { noUnusedLocals: false, isolatedDeclarations: false };
    writeFileSync(
      join(FOLDER, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
    );
    const where = new Map(checked.map((fence) => [fence.file, fence.where]));
    for (const { file, code } of checked) writeFileSync(join(FOLDER, file), `${code}\nexport {};\n`);
    const errors = await typeErrors();
    // Only what is wrong with an example counts here; the project's own types are checked elsewhere.
    const ofExamples = errors.filter((line) => /^(?:[\w-]+\.ts\(|error )/.test(line));
    expect(ofExamples.map((line) => line.replace(/^[\w-]+\.ts/, (file) => `${where.get(file)} `))).toEqual([]);
  });

  describe('run', () => {
    const home = process.cwd();
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'rx-dstream-docs-'));
      process.chdir(folder); // what an example writes goes here
    });

    afterAll(() => {
      process.chdir(home);
      rmSync(folder, { recursive: true, force: true });
    });

    const runnable = examples.filter(({ kind }) => kind === 'run');
    it.each(runnable.map((fence) => [fence.where, fence] as const))('%s', async (_where, fence) => {
      const file = join(FOLDER, 'run', fence.file);
      writeFileSync(file, withAssertions(fence.code));
      await import(/* @vite-ignore */ file);
    });
  });
});

function typeErrors(): Promise<string[]> {
  return new Promise((resolve) => {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    execFile(tsc, ['-p', '.', '--pretty', 'false'], { cwd: FOLDER }, (_error, stdout) => resolve(stdout.split('\n')));
  });
}
