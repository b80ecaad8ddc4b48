/** A process that commits 1, 2, 3 ... to the file in its argument and says each on its output once it is acknowledged. */
import { fileOffsets } from '../../../src/offsets/file/fileOffsets.ts';

const path = process.argv[2] as string;
const store = fileOffsets({ path });
const [held] = await store.load({ topics: ['lines'] });
for (let until = (held?.until ?? 0) + 1; ; until++) {
  const others = Array.from({ length: 40 }, (_, partition) => ({
    topic: 'words',
    partition,
    until,
    expected: undefined,
  }));
  await store.commit([{ topic: 'lines', partition: 0, until, expected: until - 1 || undefined }, ...others]);
  process.stdout.write(`${until}\n`);
}
