import { isStreamError, StreamError } from '../../core/errors.ts';
import { RedisFailure } from '../../drivers/redis/RedisFailure.ts';

/** What helps against the failures that people meet. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/WRONGTYPE/, 'Another program uses that key: choose another key or db. Nothing was written or deleted.'],
  [/OOM/, 'Raise its maxmemory, with the policy noeviction.'],
  [/DB index/, 'Choose a db that the server has (its "databases" setting, 16 by default).'],
  [/SELECT is not allowed in cluster/, 'A cluster has only db 0: leave db out.'],
  [/NOAUTH|WRONGPASS/, 'Give the right user name and password with redis.'],
  [
    /NOPERM|executing the script/,
    'docs/checkpoints/redis.md lists the commands that the user needs, besides the keys.',
  ],
];

/** A failure of Redis as the checkpoint's. */
export function redisLogError(name: string, act: string, error: unknown): StreamError {
  if (isStreamError(error)) return error;
  if (!(error instanceof RedisFailure)) throw error;
  const { kind, message } = error;
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1];
  const cause = error.cause ?? error;
  if (kind === 'refused') {
    return new StreamError('CHECKPOINT_FAILED', `${name}, ${act}: ${message}. ${advice ?? 'See the cause.'}`, {
      cause,
    });
  }
  const todo = advice ?? 'Try again: what was kept is still there.';
  return new StreamError('CHECKPOINT_UNAVAILABLE', `${name}, ${act}: ${message}. ${todo}`, { cause, retriable: true });
}
