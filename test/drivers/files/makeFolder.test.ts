import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from '../../../src/drivers/files/syncFolder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = temporaryFolder();

it('makes a folder and what is missing above it, also many at the same time', async () => {
  const folder = join(root, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 8 }, (_, at) => makeFolder(join(folder, String(at % 2)))));
  expect([existsSync(join(folder, '0')), existsSync(join(folder, '1'))]).toEqual([true, true]);
  await makeFolder(folder);
});

it('refuses a file in its place, and one above it', async () => {
  mkdirSync(join(root, 'x'));
  writeFileSync(join(root, 'x', 'file'), '');
  await expect(makeFolder(join(root, 'x', 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(root, 'x', 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.runIf(process.platform === 'linux')('ends where no folder can ever be made', async () => {
  await expect(makeFolder('/proc/rx-dstream/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
});
