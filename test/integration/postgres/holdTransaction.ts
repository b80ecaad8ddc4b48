/** Takes a group over and keeps a transaction of it open; commits it as soon as it is told to, and says what came of that. */
import { isStreamError } from '../../../src/index.ts';
import { postgresOffsets } from '../../../src/sql.ts';

const [postgres, group, table] = process.argv.slice(2) as [string, string, string];
const store = postgresOffsets({ postgres, group });
await store.own();
const transaction = await store.begin({ time: 1000, repeated: false });
await transaction.handle.query(`INSERT INTO ${table} VALUES ('held')`);
process.stdout.write('open\n');
process.stdin.once('data', () => {
  transaction.commit([{ topic: 'lines', partition: 0, from: 0, until: 5, expected: undefined }]).then(
    () => process.stdout.write('committed\n'),
    (error: unknown) => process.stdout.write(`${isStreamError(error) ? error.code : error}\n`),
  );
  process.stdin.pause();
});
