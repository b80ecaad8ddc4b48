/** A program that has written values into the folder of its argument, and waits to be killed. */
import { lmdbValues } from 'rx-dstream/lmdb';

const store = lmdbValues({ folder: process.argv[2] as string }).open('held');
store.write([0, 1], ['a', 'b'.repeat(100_000)]);
console.log('holding');
setInterval(() => store.read(1), 1000);
