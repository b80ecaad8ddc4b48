import { isStreamError, StreamError } from '../../core/errors.ts';
import { RedisFailure } from '../../drivers/redis/RedisFailure.ts';

/** What helps against the refusals that people meet. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/WRONGTYPE/, 'Another program uses that key: choose another group, keyTemplate or db. Nothing was written.'],
  [/REFUSED command/, 'Nothing was written. Correct what is at that key by hand, or write elsewhere.'],
  [/BADOFFSET/, 'Correct or delete that field by hand. Nothing was written.'],
  [/names of the topics/, 'Name the topics, or use layout "group".'],
  [/DB index/, 'Choose a db that the server has (its "databases" setting, 16 by default).'],
  [/SELECT is not allowed in cluster/, 'A cluster has only db 0: leave db out.'],
  [
    /CROSSSLOT|keys? in .*slot/,
    'In a cluster all keys of a group need one slot: keyTemplate: "{{group}}:{topic}" for topics, and "{<group>}" in the keys that a transaction writes.',
  ],
  [/NOAUTH|WRONGPASS/, 'Give the right user name and password with redis.'],
  [
    /NOPERM/,
    'The user needs the commands EVAL, EVALSHA, SELECT, TYPE, HGET, HGETALL, HMGET, HSET, HDEL, SCAN and INFO, those that transactions run, and these keys.',
  ],
];

/** What a store was doing. */
export type RedisAct = 'load' | 'commit' | 'own' | 'begin';

/** Throws a failure of Redis as the store's. */
export function redisStoreError(act: RedisAct, error: unknown): never {
  if (isStreamError(error) || !(error instanceof RedisFailure)) throw error;
  const { kind, message } = error;
  const cause = error.cause ?? error;
  if (kind === 'refused') {
    const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? 'See the cause.';
    throw new StreamError('OFFSET_STORE_FAILED', `redisOffsets ${act}: ${message}. ${advice}`, { cause });
  }
  const ambiguous =
    act === 'commit'
      ? 'The commit may have taken effect; repeating it is safe.'
      : 'Is it running there? Try again with retry({ delay: 1000 }).';
  throw new StreamError('OFFSET_STORE_UNAVAILABLE', `redisOffsets ${act}: ${message}. ${ambiguous}`, {
    cause,
    retriable: true,
  });
}
