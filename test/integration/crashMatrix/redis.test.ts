/** Windows and states over a file, with checkpoint and offsets in Redis, killed with -9 at every step. */
import { expect, it } from 'vitest';
import { redisCheckpoint } from '../../../src/checkpoint/redis/redisCheckpoint.ts';
import { redisOffsets } from '../../../src/redis.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';
import { crashMatrix, KILLS, SEED } from './crashMatrix.ts';
import { grownLog } from './grownLog.ts';
import { LOG_STEPS, PIPELINE_STEPS } from './stepsToKillAt.ts';

const OF_REDIS = Math.ceil(KILLS / 5);

const folder = temporaryFolder();

skipUnless('redis')('the crash matrix', () => {
  it(`a pipeline whose checkpoint is in Redis, killed ${OF_REDIS} times or more, ends as if it never was (SEED=${SEED})`, {
    timeout: 300_000 + OF_REDIS * 3000,
  }, async ({ signal }) => {
    const kills = await crashMatrix({
      program: 'onRedis',
      steps: { ...PIPELINE_STEPS, ...LOG_STEPS },
      kills: OF_REDIS,
      killsPerWorld: 20,
      folder,
      signal,
      begin(home, random) {
        const { lines, settings } = grownLog(home, random);
        const [redis, name] = [redisUrl(), freshName('matrix')];
        return {
          settings: { ...settings, redis, name },
          lines,
          checkpoint: redisCheckpoint({ redis, key: name }),
          offsets: redisOffsets({ redis, group: name }),
        };
      },
    });
    console.log(`${kills}; SEED=${SEED}`);
    expect(kills.count).toBeGreaterThanOrEqual(OF_REDIS);
    expect(kills.repeated).toBeGreaterThan(0);
  });
});
