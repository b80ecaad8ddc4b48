/** What Redis keeps: a text, a number as its decimal text, or bytes. */
export type RedisValue = string | number | Uint8Array;

/** How `EXPIRE` and its like treat a key that has an expiry, or none. Needs Redis 7. */
export type RedisExpiry = 'NX' | 'XX' | 'GT' | 'LT';

/** Which members `ZADD` touches. */
export type RedisScores = 'NX' | 'XX' | 'GT' | 'LT';

/**
 * The commands of one batch, which take effect with its offsets or not at all. Each method is the Redis command of its name and answers
 * the transaction, so that calls can be chained; commands run in the order in which they were added, and nothing is sent before the commit:
 * there are no replies. What depends on what Redis holds has to be said by a command (`hsetnx`, `zadd` with `GT`, `hincrby`).
 *
 * A wrong argument throws `INVALID_ARGUMENT` here. A key of another type, and a counter that holds no number or would overflow, refuse the
 * whole transaction at its commit. In a cluster all keys need the hash slot of the group: put `{<group>}` into them.
 */
export interface RedisTransaction {
  set(key: string, value: RedisValue): this;
  setex(key: string, seconds: number, value: RedisValue): this;
  setnx(key: string, value: RedisValue): this;
  append(key: string, value: RedisValue): this;
  setbit(key: string, offset: number, bit: 0 | 1): this;
  incr(key: string): this;
  incrby(key: string, amount: number | bigint): this;
  incrbyfloat(key: string, amount: number): this;
  decr(key: string): this;
  decrby(key: string, amount: number | bigint): this;

  /** Fields and values in turn: `hset(key, 'a', 1, 'b', 2)`. */
  hset(key: string, ...fieldsAndValues: readonly RedisValue[]): this;
  hsetnx(key: string, field: RedisValue, value: RedisValue): this;
  hdel(key: string, ...fields: readonly RedisValue[]): this;
  hincrby(key: string, field: RedisValue, amount: number | bigint): this;
  hincrbyfloat(key: string, field: RedisValue, amount: number): this;

  lpush(key: string, ...values: readonly RedisValue[]): this;
  rpush(key: string, ...values: readonly RedisValue[]): this;
  ltrim(key: string, first: number, last: number): this;
  lrem(key: string, count: number, value: RedisValue): this;

  sadd(key: string, ...members: readonly RedisValue[]): this;
  srem(key: string, ...members: readonly RedisValue[]): this;

  /** Adds a member or changes its score; `which` limits it to new, existing, lower or higher ones. */
  zadd(key: string, score: number, member: RedisValue, which?: RedisScores): this;
  zincrby(key: string, amount: number, member: RedisValue): this;
  zrem(key: string, ...members: readonly RedisValue[]): this;
  /** A bound is a number, or as Redis writes it: `'(5'`, `'-inf'`. */
  zremrangebyscore(key: string, lowest: number | string, highest: number | string): this;
  zremrangebyrank(key: string, first: number, last: number): this;

  /** An entry with an id that Redis gives it; fields and values in turn. */
  xadd(key: string, ...fieldsAndValues: readonly RedisValue[]): this;
  /** Keeps about the last `count` entries of a stream, `MAXLEN ~ count`. */
  xtrim(key: string, count: number): this;

  pfadd(key: string, ...elements: readonly RedisValue[]): this;

  del(key: string): this;
  expire(key: string, seconds: number, which?: RedisExpiry): this;
  pexpire(key: string, milliseconds: number, which?: RedisExpiry): this;
  /** `seconds` since 1970. */
  expireat(key: string, seconds: number, which?: RedisExpiry): this;
  persist(key: string): this;
}
