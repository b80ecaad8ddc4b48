/** A process that owns the log of a checkpoint and is killed: `ownCheckpointLog.ts <url> <key> <leaseMs>`. */
import { redisLog } from '../../../src/checkpoint/redis/redisLog.ts';

const [redis, key, leaseMs] = process.argv.slice(2) as [string, string, string];
const storage = redisLog({
  redis,
  key,
  db: undefined,
  commandTimeoutMs: 5000,
  repeatForMs: 5000,
  leaseMs: Number(leaseMs),
  takeOver: false,
});
await storage.own(({ message }) => console.error(message));
await storage.append('a', new TextEncoder().encode('written'), true);
console.log('owned');
