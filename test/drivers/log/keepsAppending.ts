/**
 * A small program with a write-ahead log: many appends at a time, of numbered blocks, in small segments; trims what is old now and then. Says the number
 * behind each block that was answered, and how far it has trimmed. Arguments: the folder, a seed, the size of the biggest block.
 */
import { writeSync } from 'node:fs';
import { asyncScheduler } from 'rxjs';
import { writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import { numberedContent } from '../../support/numberedContent.ts';
import { seeded } from '../../support/seeded.ts';

const [folder = '', seed = '1', most = '3000'] = process.argv.slice(2);
const random = seeded(Number(seed));
const log = writeAheadLog({ folder, segmentBytes: 20_000 });

try {
  const { next } = await log.open(asyncScheduler, ({ code }) => say(code));
  say('began');
  let coming = next;
  const keepAppending = async (): Promise<never> => {
    for (;;) {
      const records = random.int(1, 9);
      const first = coming;
      coming += records;
      const bytes = numberedContent(first, records, random.int(1, Number(most)));
      await log.append({ parts: [bytes], records, note: { upTo: coming } });
      say(`${first + records}`);
      if (random.int(1, 50) === 1) {
        const until = Math.max(0, first - 200);
        await log.trim(until);
        say(`trimmed ${until}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, keepAppending));
} catch (error) {
  say((error as { code: string }).code);
  await log.close();
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
