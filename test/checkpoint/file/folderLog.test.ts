import { join } from 'node:path';
import { folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { logStorageLaws } from '../log/logStorageLaws.ts';

const root = temporaryFolder();
let count = 0;
closesItsFiles();

logStorageLaws('a folder', () => {
  const folder = join(root, `${count++}`, 'checkpoint');
  return { storage: (options) => folderLog({ folder, ...options }) };
});
