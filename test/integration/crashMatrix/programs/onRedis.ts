/** Lines of a file, offsets and checkpoint in Redis. */
import { loggedCheckpoint } from '../../../../src/checkpoint/log/loggedCheckpoint.ts';
import { redisLog } from '../../../../src/checkpoint/redis/redisLog.ts';
import { redisOffsets } from '../../../../src/redis.ts';
import { type GrownLog, linesOfFile } from './linesOfFile.ts';
import { COMPACTION, live, settings } from './live.ts';
import { stepsOfStorage } from './stepsOfStorage.ts';

export interface OnRedis extends GrownLog {
  readonly redis: string;
  /** Of offsets and checkpoint. */
  readonly name: string;
}

const { redis, name, ...rest } = settings<OnRedis>();

live(rest, {
  offsets: redisOffsets({ redis, group: name }),
  source: (store) => linesOfFile(rest, store),
  lineOf: (line) => line,
  checkpoint(steps, asked) {
    const log = redisLog({
      redis,
      key: name,
      db: undefined,
      commandTimeoutMs: 5000,
      repeatForMs: 60_000,
      leaseMs: 10_000,
      takeOver: false,
    });
    return loggedCheckpoint(stepsOfStorage(log, steps, asked), COMPACTION);
  },
});
