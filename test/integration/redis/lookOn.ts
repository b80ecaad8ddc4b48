/** Looks at a checkpoint and ends: `lookOn.ts <url> <key>`. */
import { describeCheckpoint } from 'rx-dstream';
import { redisCheckpoint } from 'rx-dstream/redis';

const [redis, key] = process.argv.slice(2) as [string, string];
console.log((await describeCheckpoint(redisCheckpoint({ redis, key }))).positions.numbers);
