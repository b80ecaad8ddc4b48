/**
 * Counts numbers in Redis and kills itself: `countUntilKilled.ts <settings as JSON>`. Tells `settled`, and `before` for a batch that it found committed, a
 * line each.
 */
import { fileCheckpoint } from 'rx-dstream/file';
import { type RedisOffsets, redisOffsets } from 'rx-dstream/redis';
import { promised } from '../../../../src/core/Answer.ts';
import { countInRedis } from './countInRedis.ts';
import { KILL_STEPS, type KillSettings, type KillStep } from './killSteps.ts';

const settings = JSON.parse(process.argv[2] as string) as KillSettings;
const { redis, group, folder, step, pass } = settings;
let passed = 0;

function die(at: KillStep): void {
  if (at !== step || ++passed < pass) return;
  process.kill(process.pid, 'SIGKILL');
}

/** The store, watched on its way; what it does is not changed. */
function mortal(store: RedisOffsets): RedisOffsets {
  return {
    ...store,
    async own() {
      die(KILL_STEPS.owning);
      await store.own();
      die(KILL_STEPS.owned);
    },
    async begin(batch) {
      die(KILL_STEPS.beginning);
      const transaction = await store.begin(batch);
      die(KILL_STEPS.begun);
      return {
        ...transaction,
        async commit(offsets) {
          die(KILL_STEPS.committing);
          const committing = promised(() => transaction.commit(offsets));
          // Sent, or about to be.
          setImmediate(() => die(KILL_STEPS.sent));
          const outcome = await committing;
          die(KILL_STEPS.committed);
          return outcome;
        },
      };
    },
  };
}

const checkpoint = folder === undefined ? undefined : fileCheckpoint(folder, { takeOver: true });
const { stream, chain } = countInRedis(mortal(redisOffsets({ redis, group })), group, checkpoint);
stream.progress$.subscribe((event) => {
  if (event.type === 'report' && event.code === 'BATCH_COMMITTED_BEFORE') process.stdout.write('before\n');
  if (event.type !== 'batch' || event.status !== 'settled') return;
  process.stdout.write('settled\n');
  die(KILL_STEPS.settled);
});
chain.subscribe({
  error: (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
});
