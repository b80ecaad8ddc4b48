import { describe, expect, it } from 'vitest';
import { CollectedCommands, type TransactionLimits } from '../../../src/offsets/redis/transaction/CollectedCommands.ts';
import type { RedisTransaction } from '../../../src/offsets/redis/transaction/RedisTransaction.ts';

function collected(
  limits: Partial<TransactionLimits> = {},
  check: (act: string) => void = () => {},
): CollectedCommands {
  return new CollectedCommands({ maxCommands: 1000, maxBytes: 1000, ...limits }, check);
}

describe('the commands of a transaction', () => {
  it('are kept in the order in which they were added', () => {
    const transaction = collected()
      .hincrby('counts', 'a', 1)
      .set('last', Uint8Array.from([1, 2]))
      .del('old');
    expect(transaction.commands).toEqual([
      { name: 'HINCRBY', key: 'counts', args: ['a', '1'] },
      { name: 'SET', key: 'last', args: [Buffer.from([1, 2])] },
      { name: 'DEL', key: 'old', args: [] },
    ]);
  });

  it('keep bytes as they were when they were added', () => {
    const bytes = Uint8Array.from([1]);
    const transaction = collected().set('key', bytes);
    bytes[0] = 2;
    expect(transaction.commands[0]?.args).toEqual([Buffer.from([1])]);
  });

  const wrong: [string, (tx: RedisTransaction) => unknown, RegExp][] = [
    [
      'a key that is no text',
      (tx) => tx.incrby(5 as never, 1),
      /incrby\(key\): expected a text that is not empty, got 5/,
    ],
    [
      'an object',
      (tx) => tx.set('k', { a: 1 } as never),
      /set: expected texts, numbers and bytes, got an object.*JSON.stringify/,
    ],
    ['nothing', (tx) => tx.set('k', undefined as never), /set: expected texts, numbers and bytes, got undefined/],
    ['NaN', (tx) => tx.set('k', Number.NaN), /set: expected texts, numbers and bytes, got NaN/],
    [
      'a fraction to count by',
      (tx) => tx.hincrby('k', 'f', 0.5),
      /hincrby\(amount\): expected a whole number of 64 bits/,
    ],
    ['more than 64 bits', (tx) => tx.incrby('k', 2n ** 63n), /incrby\(amount\): expected a whole number of 64 bits/],
    [
      'an infinite amount',
      (tx) => tx.incrbyfloat('k', Number.POSITIVE_INFINITY),
      /expected a finite number, got Infinity/,
    ],
    [
      'a field without its value',
      (tx) => tx.hset('k', 'a', 1, 'b'),
      /hset: expected fields and values in turn, got "3 arguments"/,
    ],
    ['no value at all', (tx) => tx.sadd('k'), /sadd: expected a value or more, got "none"/],
    ['a score that is none', (tx) => tx.zadd('k', Number.NaN, 'm'), /zadd\(score\): expected a number, got NaN/],
    ['a bound that is none', (tx) => tx.zremrangebyscore('k', 'low', 5), /expected a number, or a bound like/],
    [
      'an option that does not exist',
      (tx) => tx.expire('k', 5, 'nx' as never),
      /expire\(which\): expected NX, XX, GT, LT, got "nx"/,
    ],
    ['an expiry of zero', (tx) => tx.setex('k', 0, 'v'), /setex\(seconds\): expected a whole number from 1/],
    [
      'a bit that is none',
      (tx) => tx.setbit('k', 1, 2 as never),
      /setbit\(bit\): expected a whole number from 0 to 1, got 2/,
    ],
    [
      'too many values for one command',
      (tx) => tx.sadd('k', ...Array.from({ length: 7001 }, (_, i) => i)),
      /7000 values at most.*several commands/,
    ],
  ];

  it.each(wrong)('refuse %s where it is written', (_, write, message) => {
    const transaction = collected();
    expect(() => write(transaction)).toThrow(message);
    expect(transaction.commands).toEqual([]);
  });

  it('beyond the limits are BUFFER_FULL, which says what to do', () => {
    const few = collected({ maxCommands: 2 }).incr('a').incr('b');
    expect(() => few.incr('c')).toThrow(/expected 2 commands at most \(maxCommands\).*reduceByKey/);
    const small = collected({ maxBytes: 10 }).set('key', '12345');
    expect(() => small.set('key', 'ö')).toThrow(expect.objectContaining({ code: 'BUFFER_FULL' }));
    const many = collected({ maxBytes: 1e9, maxCommands: 1e9 });
    const values = Array.from({ length: 6990 }, () => 'a');
    expect(() => {
      for (let i = 0; i < 1000; i++) many.sadd('key', ...values);
    }).toThrow(/1000000 keys and arguments at most/);
  });

  it('are refused after the end of the transaction', () => {
    const ended = collected({}, (act) => {
      throw new Error(`${act} came too late`);
    });
    expect(() => ended.zincrby('k', 1, 'm')).toThrow('zincrby(...) came too late');
  });
});
