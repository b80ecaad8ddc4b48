/**
 * A small program with a log in a folder: numbered records, one after another, in segments that begin anew now and then, with a head that
 * names them, old ones removed, savepoints kept. Says what was answered. Arguments: the folder, a seed,
 * and how big the biggest record is.
 */
import { writeSync } from 'node:fs';
import { folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import { seeded } from '../../support/seeded.ts';
import { NumberedLog } from './NumberedLog.ts';

const [folder = '', seed = '1', most = '3000'] = process.argv.slice(2);
const random = seeded(Number(seed));

try {
  const log = await NumberedLog.begin(folderLog({ folder }));
  say(`began ${log.next}`);
  for (;;) {
    await log.append(random.int(1, Number(most)));
    say(`${log.next - 1}`);
    if (random.int(1, 4) === 1) await log.rotate();
    if (random.int(1, 9) === 1) await log.shorten();
    if (random.int(1, 15) === 1) await log.save();
  }
} catch (error) {
  say((error as { code: string }).code);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
