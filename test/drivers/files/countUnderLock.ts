/** Adds one to the number in a file, again and again, under its lock: `countUnderLock.ts <path> <times>`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { whileLocked } from '../../../src/drivers/files/fileLock.ts';

const [path, times] = process.argv.slice(2) as [string, string];
for (let i = 0; i < Number(times); i++) {
  await whileLocked(path, { patienceMs: 60_000 }, async () => {
    const count = Number(readFileSync(path, 'utf8'));
    // Whoever comes in now would read the same number.
    await new Promise(setImmediate);
    writeFileSync(path, String(count + 1));
  });
}
