import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { blockLogContract } from '../../../src/testing/blockLogContract.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

closesItsFiles();
const root = temporaryFolder();
const framework = { describe, it, expect };
let count = 0;

for (const [name, settings] of [
  ['writeAheadLog', {}],
  ['writeAheadLog, small segments', { segmentBytes: 200 }],
  ["writeAheadLog, sync: 'never'", { sync: 'never' }],
] as const) {
  const folders = new Map<unknown, string>();
  const at = (folder: string, maxBytes: number) => {
    const log = writeAheadLog({ folder, maxBytes, ...settings });
    folders.set(log, folder);
    return log;
  };
  blockLogContract(framework, {
    name,
    make: (maxBytes) => at(join(root, `${count++}`), maxBytes),
    reopen: (log) => at(folders.get(log) as string, log.maxBytes),
  });
}

blockLogContract(framework, { name: 'memoryLog', make: (maxBytes) => memoryLog({ name: 'memory', maxBytes }) });
