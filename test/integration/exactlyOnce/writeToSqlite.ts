/** One life of a pipeline from a file to SQLite: until it is killed, or all lines are in. */
import { writeSync } from 'node:fs';
import { fileCheckpoint, tailFile } from '../../../src/file.ts';
import { batchInterval, foreachBatchInTransaction, StreamingContext } from '../../../src/index.ts';
import { sqliteOffsets } from '../../../src/sql.ts';

const [log, database, checkpoint, until] = process.argv.slice(2) as [string, string, string, string];
const store = sqliteOffsets({ database, group: 'lines' });
const stream = new StreamingContext({
  interval: 10,
  onWarning: () => undefined,
  ...(checkpoint === '' ? {} : { checkpoint: fileCheckpoint(checkpoint) }),
});
let isLast = false;
stream.progress$.subscribe((event) => {
  if (event.type !== 'batch') return;
  writeSync(1, 'settled\n');
  if (isLast) void stream.stop().then(() => store.close());
});
tailFile(log, { offsets: store })
  .pipe(
    batchInterval(stream),
    foreachBatchInTransaction(store, async ({ records }, db) => {
      db.exec('CREATE TABLE IF NOT EXISTS lines (line TEXT)');
      const add = db.prepare('INSERT INTO lines VALUES (?)');
      for (const line of records) {
        writeSync(1, 'writing\n');
        add.run(line);
        await Promise.resolve();
      }
      isLast = records.includes(until);
    }),
  )
  .subscribe({
    error(error) {
      console.error(error);
      process.exit(1);
    },
  });
