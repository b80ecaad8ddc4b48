/** The project speaks of itself alone: nothing in it depends on the machine where it was written. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './sourceFiles.ts';

/** An absolute path into somebody's home or working folder, at the start of a word. */
const MACHINE_PATH = /(?<![\w./@:-])\/(?:work|root|home|Users|mnt|workspace)\/[\w.-]+/g;

it('no tracked file mentions an absolute path of a machine', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const mentions = files
    .filter((file) => file !== '' && existsSync(join(ROOT, file)))
    .flatMap((file) => {
      const found = readFileSync(join(ROOT, file), 'utf8').match(MACHINE_PATH) ?? [];
      return found.map((path) => `${file}: ${path}`);
    });
  expect(mentions).toEqual([]);
});
