import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const countFiles = fileURLToPath(new URL('countFiles.ts', import.meta.url));

it('ten thousand files of one interval are one batch, also where a process may open few at a time', () => {
  for (let n = 0; n < 10_000; n++) writeFileSync(join(folder, `file-${n}`), 'one\ntwo\n');
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--conditions=rx-dstream:source'];
  const limited = ['-c', 'ulimit -n 100; exec "$@"', 'sh', ...node, countFiles, folder];
  const { stdout, stderr, status } = spawnSync('sh', limited, { encoding: 'utf8' });
  expect([stdout, stderr, status]).toEqual(['lines 20000\n', '', 0]);
});
