import { StreamError } from '../../../core/errors.ts';
import type { Sent } from './commandArguments.ts';
import * as given from './commandArguments.ts';
import type { RedisExpiry, RedisScores, RedisTransaction, RedisValue } from './RedisTransaction.ts';

/** One command that waits for its commit. */
export interface RedisCommand {
  readonly name: string;
  readonly key: string;
  readonly args: readonly Sent[];
}

/** How much one transaction may hold. */
export interface TransactionLimits {
  readonly maxCommands: number;
  readonly maxBytes: number;
}

const WHICH = ['NX', 'XX', 'GT', 'LT'];
/** Seconds whose milliseconds since 1970 are safe integers still. */
const MOST_SECONDS = 8e12;
const MOST_MILLISECONDS = 8e15;

/** Redis takes 1 048 576 arguments of one script: each command has its name, key, index and number of arguments beside them. */
const MOST_ARGUMENTS = 1_000_000;

/** What has been asked of a {@link RedisTransaction} so far. */
export class CollectedCommands implements RedisTransaction {
  readonly commands: RedisCommand[] = [];
  #bytes = 0;
  #arguments = 0;
  readonly #limits: TransactionLimits;
  readonly #check: (act: string) => void;

  /** `check` refuses commands that come after the end. */
  constructor(limits: TransactionLimits, check: (act: string) => void) {
    this.#limits = limits;
    this.#check = check;
  }

  set(key: string, value: RedisValue): this {
    return this.#add('SET', key, given.valueArgument('set', value));
  }

  setex(key: string, seconds: number, value: RedisValue): this {
    const time = given.rangeArgument('setex(seconds)', seconds, 1, MOST_SECONDS);
    return this.#add('SETEX', key, time, given.valueArgument('setex', value));
  }

  setnx(key: string, value: RedisValue): this {
    return this.#add('SETNX', key, given.valueArgument('setnx', value));
  }

  append(key: string, value: RedisValue): this {
    return this.#add('APPEND', key, given.valueArgument('append', value));
  }

  setbit(key: string, offset: number, bit: 0 | 1): this {
    const at = given.rangeArgument('setbit(offset)', offset, 0, 2 ** 32 - 1);
    return this.#add('SETBIT', key, at, given.rangeArgument('setbit(bit)', bit, 0, 1));
  }

  incr(key: string): this {
    return this.#add('INCRBY', key, '1');
  }

  incrby(key: string, amount: number | bigint): this {
    return this.#add('INCRBY', key, String(given.integerArgument('incrby(amount)', amount)));
  }

  incrbyfloat(key: string, amount: number): this {
    return this.#add('INCRBYFLOAT', key, given.finiteArgument('incrbyfloat(amount)', amount));
  }

  decr(key: string): this {
    return this.#add('INCRBY', key, '-1');
  }

  decrby(key: string, amount: number | bigint): this {
    return this.#add('INCRBY', key, String(-given.integerArgument('decrby(amount)', amount)));
  }

  hset(key: string, ...fieldsAndValues: readonly RedisValue[]): this {
    return this.#add('HSET', key, ...given.valueArguments('hset', fieldsAndValues, true));
  }

  hsetnx(key: string, field: RedisValue, value: RedisValue): this {
    return this.#add('HSETNX', key, given.valueArgument('hsetnx', field), given.valueArgument('hsetnx', value));
  }

  hdel(key: string, ...fields: readonly RedisValue[]): this {
    return this.#add('HDEL', key, ...given.valueArguments('hdel', fields));
  }

  hincrby(key: string, field: RedisValue, amount: number | bigint): this {
    const whole = String(given.integerArgument('hincrby(amount)', amount));
    return this.#add('HINCRBY', key, given.valueArgument('hincrby', field), whole);
  }

  hincrbyfloat(key: string, field: RedisValue, amount: number): this {
    const finite = given.finiteArgument('hincrbyfloat(amount)', amount);
    return this.#add('HINCRBYFLOAT', key, given.valueArgument('hincrbyfloat', field), finite);
  }

  lpush(key: string, ...values: readonly RedisValue[]): this {
    return this.#add('LPUSH', key, ...given.valueArguments('lpush', values));
  }

  rpush(key: string, ...values: readonly RedisValue[]): this {
    return this.#add('RPUSH', key, ...given.valueArguments('rpush', values));
  }

  ltrim(key: string, first: number, last: number): this {
    return this.#add('LTRIM', key, ...places('ltrim', first, last));
  }

  lrem(key: string, count: number, value: RedisValue): this {
    return this.#add('LREM', key, index('lrem(count)', count), given.valueArgument('lrem', value));
  }

  sadd(key: string, ...members: readonly RedisValue[]): this {
    return this.#add('SADD', key, ...given.valueArguments('sadd', members));
  }

  srem(key: string, ...members: readonly RedisValue[]): this {
    return this.#add('SREM', key, ...given.valueArguments('srem', members));
  }

  zadd(key: string, score: number, member: RedisValue, which?: RedisScores): this {
    const options = given.oneOf('zadd(which)', which, WHICH);
    const at = given.scoreArgument('zadd', score);
    return this.#add('ZADD', key, ...options, at, given.valueArgument('zadd', member));
  }

  zincrby(key: string, amount: number, member: RedisValue): this {
    const finite = given.finiteArgument('zincrby(amount)', amount);
    return this.#add('ZINCRBY', key, finite, given.valueArgument('zincrby', member));
  }

  zrem(key: string, ...members: readonly RedisValue[]): this {
    return this.#add('ZREM', key, ...given.valueArguments('zrem', members));
  }

  zremrangebyscore(key: string, lowest: number | string, highest: number | string): this {
    const bounds = [lowest, highest].map((bound) => given.boundArgument('zremrangebyscore', bound));
    return this.#add('ZREMRANGEBYSCORE', key, ...bounds);
  }

  zremrangebyrank(key: string, first: number, last: number): this {
    return this.#add('ZREMRANGEBYRANK', key, ...places('zremrangebyrank', first, last));
  }

  xadd(key: string, ...fieldsAndValues: readonly RedisValue[]): this {
    return this.#add('XADD', key, '*', ...given.valueArguments('xadd', fieldsAndValues, true));
  }

  xtrim(key: string, count: number): this {
    const most = given.rangeArgument('xtrim(count)', count, 0, Number.MAX_SAFE_INTEGER);
    return this.#add('XTRIM', key, 'MAXLEN', '~', most);
  }

  pfadd(key: string, ...elements: readonly RedisValue[]): this {
    return this.#add('PFADD', key, ...given.valueArguments('pfadd', elements));
  }

  del(key: string): this {
    return this.#add('DEL', key);
  }

  expire(key: string, seconds: number, which?: RedisExpiry): this {
    const time = given.rangeArgument('expire(seconds)', seconds, 0, MOST_SECONDS);
    return this.#add('EXPIRE', key, time, ...given.oneOf('expire(which)', which, WHICH));
  }

  pexpire(key: string, milliseconds: number, which?: RedisExpiry): this {
    const time = given.rangeArgument('pexpire(milliseconds)', milliseconds, 0, MOST_MILLISECONDS);
    return this.#add('PEXPIRE', key, time, ...given.oneOf('pexpire(which)', which, WHICH));
  }

  expireat(key: string, seconds: number, which?: RedisExpiry): this {
    const time = given.rangeArgument('expireat(seconds)', seconds, 0, MOST_SECONDS);
    return this.#add('EXPIREAT', key, time, ...given.oneOf('expireat(which)', which, WHICH));
  }

  persist(key: string): this {
    return this.#add('PERSIST', key);
  }

  #add(name: string, key: string, ...args: readonly Sent[]): this {
    const method = name.toLowerCase();
    this.#check(`${method}(...)`);
    const command = { name, key: given.keyArgument(method, key), args };
    const { maxCommands, maxBytes } = this.#limits;
    if (this.commands.length >= maxCommands) throw full(`${maxCommands} commands at most (maxCommands)`);
    this.#arguments += args.length + 4;
    if (this.#arguments > MOST_ARGUMENTS) throw full(`${MOST_ARGUMENTS} keys and arguments at most`);
    this.#bytes += Buffer.byteLength(key) + args.reduce((sum, arg) => sum + Buffer.byteLength(arg), 0);
    if (this.#bytes > maxBytes) throw full(`${maxBytes} bytes at most (maxBytes)`);
    this.commands.push(command);
    return this;
  }
}

function index(what: string, value: number): Sent {
  return given.rangeArgument(what, value, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

function places(method: string, first: number, last: number): Sent[] {
  return [index(`${method}(first)`, first), index(`${method}(last)`, last)];
}

function full(limit: string): StreamError {
  return new StreamError(
    'BUFFER_FULL',
    `redisOffsets transaction: expected ${limit} for one batch, got more. Redis does nothing else while it runs them. Combine the records of a batch ` +
      'first (reduceByKey), limit the batch (maxRecords), or raise the limit.',
  );
}
