import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckpointReport } from '../../../src/checkpoint/CheckpointStore.ts';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { type RedisLogOptions, redisLog } from '../../../src/checkpoint/redis/redisLog.ts';
import { bytes, textOf } from '../../checkpoint/log/logStorageLaws.ts';
import { type FaultyProxy, faultyProxy } from '../../support/faultyProxy.ts';
import { freshName, type RedisServer, skipUnless, startOwnRedis } from '../services.ts';

const unavailable = { code: 'CHECKPOINT_UNAVAILABLE', retriable: true };

skipUnless('redis')('redisLog under faults', () => {
  let server: RedisServer;
  let proxy: FaultyProxy;
  let direct: Redis;
  const opened: LogStorage[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startOwnRedis({ appendfsync: 'always' });
    proxy = await faultyProxy({ host: '127.0.0.1', port: server.port });
    direct = new Redis(server.url);
    direct.on('error', () => {}); // it is killed in these tests
  });

  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.release();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  afterAll(async () => {
    direct?.disconnect();
    await proxy?.close();
    await server?.stop();
  });

  function open(options: Partial<RedisLogOptions> = {}): LogStorage {
    const storage = redisLog({
      redis: server.url,
      key: freshName('log'),
      db: undefined,
      commandTimeoutMs: 1000,
      repeatForMs: 30_000,
      leaseMs: 60_000,
      takeOver: false,
      ...options,
    });
    opened.push(storage);
    return storage;
  }

  async function owned(
    options: Partial<RedisLogOptions> = {},
    report = ({ message }: CheckpointReport): unknown => expect.unreachable(message),
  ): Promise<LogStorage> {
    const storage = open(options);
    await storage.own(report);
    return storage;
  }

  const ownerOf = (key: string): string => `rx-dstream:{${key}}:checkpoint:owner`;

  describe.each(['cut', 'silence'] as const)('an answer that is lost, then %s', (then) => {
    const throughProxy = (options: Partial<RedisLogOptions> = {}): Promise<LogStorage> =>
      owned({ redis: `redis://127.0.0.1:${proxy.port}`, ...options });

    it('a write is sent again and done once', async () => {
      const storage = await throughProxy();
      await storage.append('a', bytes('one '), true);
      const lost = proxy.swallowAnswerTo('SECOND', then);
      await storage.append('a', bytes('SECOND '), true);
      await lost;
      await storage.append('a', bytes('three'), true);
      expect(await textOf(storage, 'a')).toBe('one SECOND three');
    });

    it('what was named, removed or set aside is so once', async () => {
      const storage = await throughProxy();
      await storage.append('a', bytes('1'), true);
      const copied = proxy.swallowAnswerTo('SADD', then);
      await storage.copy('kept', bytes('head'), ['a']);
      await copied;
      const removed = proxy.swallowAnswerTo('HDEL', then);
      await storage.remove(['a']);
      await removed;
      await storage.publish(bytes('now'));
      const aside = proxy.swallowAnswerTo('SADD', then);
      await storage.setAside();
      await aside;
      expect([await storage.head(), await storage.segments()]).toEqual([undefined, []]);
      expect(await textOf(storage, 'a', 'kept')).toBe('1');
    });

    it('becoming the owner may be repeated: nobody is kept out by his own first try', async () => {
      const key = freshName('again');
      const storage = open({ key, redis: `redis://127.0.0.1:${proxy.port}` });
      const lost = proxy.swallowAnswerTo(`{${key}}:checkpoint:owner`, then);
      await expect(storage.own()).rejects.toMatchObject(unavailable);
      await lost;
      expect(await direct.hget(ownerOf(key), 'epoch')).toBe('1');
      await vi.waitFor(() => storage.own(), { timeout: 60_000 });
      await storage.append('a', bytes('1'), true);
    });
  });

  it('a write that finds Redis down waits for it and is done once', async () => {
    const storage = await owned();
    await storage.append('a', bytes('one '), true);
    await server.kill9();
    const written = storage.append('a', bytes('two '), true);
    await server.restart();
    await written;
    await storage.append('a', bytes('three'), true);
    expect(await textOf(storage, 'a')).toBe('one two three');
  });

  it('waits no longer than it is told to; then nothing is written until it is owned again', async () => {
    const storage = await owned({ repeatForMs: 300 });
    await storage.append('a', bytes('one '), true);
    await server.kill9();
    await expect(storage.append('a', bytes('lost '), true)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/^redisCheckpoint: key .* in Redis at .*, append: .*does not answer/),
    });
    await server.restart();
    await expect(storage.append('a', bytes('too late'), true)).rejects.toMatchObject(unavailable);
    await vi.waitFor(() => storage.own(), { timeout: 60_000 });
    await storage.append('a', bytes('two'), true);
    expect(await textOf(storage, 'a')).toBe('one two');
  });

  it('what a frozen Redis does late does no harm to what came after', async () => {
    const storage = await owned({ repeatForMs: 0 });
    await storage.append('a', bytes('one '), true);
    server.freeze();
    await expect(storage.append('a', bytes('late '), true)).rejects.toMatchObject(unavailable);
    await expect(storage.own()).rejects.toMatchObject(unavailable);
    server.thaw();
    await vi.waitFor(() => storage.own(), { timeout: 60_000 });
    const before = await textOf(storage, 'a');
    expect(['one ', 'one late ']).toContain(before);
    await storage.append('a', bytes('two'), true);
    expect(await textOf(storage, 'a')).toBe(`${before}two`);
  });

  it('kill -9 of the server in the middle of writes loses none that was answered', async () => {
    const storage = await owned();
    let answered = 0;
    let stop = false;
    const writing = (async () => {
      while (!stop) {
        await storage.append('a', bytes(`${answered},`), true);
        answered++;
      }
    })();
    for (let life = 0; life < 4; life++) {
      const before = answered;
      await vi.waitFor(() => expect(answered).toBeGreaterThan(before + 20), { timeout: 60_000, interval: 1 });
      await server.kill9();
      await server.restart();
    }
    stop = true;
    await writing;
    const all = Array.from({ length: answered }, (_, i) => `${i},`).join('');
    expect(await textOf(storage, 'a')).toBe(all);
  });

  it('a server that has lost what it had answered is noticed before anything is added', async () => {
    const key = freshName('lost');
    const storage = await owned({ key });
    await storage.append('a', bytes('one'), true);
    const before = (await direct.hget(ownerOf(key), 'writes')) as string;
    await storage.append('b', bytes('lost'), true);
    await direct.hset(ownerOf(key), 'writes', before); // as a replica that has not heard of the last write
    await expect(storage.append('a', bytes('two'), true)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('has lost writes that it had answered'),
    });
    expect(await textOf(storage, 'a')).toBe('one');
    await storage.own();
    await storage.append('a', bytes('two'), true);
  });

  it('a checkpoint that is deleted while it is used, in whole or in part, is noticed and not written to', async () => {
    const key = freshName('deleted');
    const storage = await owned({ key });
    await storage.append('a', bytes('one'), true);
    await direct.del(`rx-dstream:{${key}}:checkpoint:bytes:1-1:0`);
    await expect(storage.open('a')).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      message: expect.stringMatching(/expected 3 bytes of the segment a, got 0.*maxmemory-policy/),
    });
    await expect(storage.append('a', bytes('two'), true)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      message: expect.stringMatching(/expected 3 bytes at .*bytes:1-1:0, got 0/),
    });
    await storage.own();
    await direct.del(...(await direct.keys(`rx-dstream:{${key}}:*`)));
    await expect(storage.append('b', bytes('two'), true)).rejects.toMatchObject({
      code: 'CHECKPOINT_FAILED',
      message: expect.stringContaining('somebody has deleted it'),
    });
    expect(await direct.keys(`rx-dstream:{${key}}:*`)).toEqual([]);
  });

  it.each(['owner', 'head', 'segments', 'sizes', 'savepoints'])(
    'a key of another type for %s is refused',
    async (part) => {
      const key = freshName('foreign');
      const foreign = `rx-dstream:{${key}}:checkpoint:${part}`;
      await direct.lpush(foreign, 'somebody', 'else');
      await expect(open({ key }).own()).rejects.toMatchObject({
        code: 'CHECKPOINT_FAILED',
        retriable: false,
        message: expect.stringMatching(
          /is a list, expected a (?:hash|string|set).*choose another key or db.*Nothing was/,
        ),
      });
      expect(await direct.keys(`rx-dstream:{${key}}:*`)).toEqual([foreign]);
    },
  );

  it('a Redis that is out of memory is waited for; what it refused was not written', async () => {
    const key = freshName('full');
    const storage = await owned({ key, repeatForMs: 100 });
    await storage.append('a', bytes('one '), true);
    await direct.config('SET', 'maxmemory', '1');
    try {
      await expect(storage.append('a', bytes('two '), true)).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringMatching(/OOM.*Raise its maxmemory/),
      });
      await storage.release(); // also without memory
      expect(await direct.hget(ownerOf(key), 'until')).toBeNull();
    } finally {
      await direct.config('SET', 'maxmemory', '0');
    }
    await storage.own();
    expect(await textOf(storage, 'a')).toBe('one ');
    const waiting = await owned();
    await direct.config('SET', 'maxmemory', '1');
    const written = waiting.append('a', bytes('in the end'), true);
    await direct.config('SET', 'maxmemory', '0');
    await written;
    expect(await textOf(waiting, 'a')).toBe('in the end');
  });

  it('a server that is made a replica and back is waited for', async () => {
    const storage = await owned();
    await direct.call('REPLICAOF', '127.0.0.1', '1');
    const written = storage.append('a', bytes('one'), true);
    await direct.call('REPLICAOF', 'NO', 'ONE');
    await written;
    expect(await textOf(storage, 'a')).toBe('one');
  });

  it('says once that a server keeps no file, or may evict', async () => {
    const reports: CheckpointReport[] = [];
    const report = (told: CheckpointReport): unknown => reports.push(told);
    await direct.config('SET', 'appendonly', 'no');
    await direct.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const storage = await owned({}, report);
      await storage.own(report);
      const message = [/: key .*keeps no append-only file.*Set appendonly yes/, /: key .*allkeys-lru.*noeviction/];
      expect(reports).toEqual(
        message.map((text) => ({ code: 'CHECKPOINT_AT_RISK', message: expect.stringMatching(text) })),
      );
    } finally {
      await direct.config('SET', 'maxmemory-policy', 'noeviction');
      await direct.config('SET', 'appendonly', 'yes');
    }
  });

  describe('an owner that was killed', () => {
    async function killedOwner(key: string, leaseMs: number): Promise<void> {
      const program = fileURLToPath(new URL('./ownCheckpointLog.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', program, server.url, key, String(leaseMs)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      expect(String((await once(child.stdout as NonNullable<typeof child.stdout>, 'data'))[0])).toBe('owned\n');
      child.kill('SIGKILL');
      await once(child, 'exit');
    }

    it('on this system is followed at once, however long its lease lasts', async () => {
      const key = freshName('killed');
      await killedOwner(key, 3_600_000);
      const next = await owned({ key });
      expect(await textOf(next, 'a')).toBe('written');
    });

    it('elsewhere is followed when its lease has run out', async () => {
      const key = freshName('killed');
      // It is told while two seconds of it are left, however slow the way there is.
      await killedOwner(key, 8000);
      const who = JSON.parse((await direct.hget(ownerOf(key), 'who')) as string) as object;
      await direct.hset(ownerOf(key), 'who', JSON.stringify({ ...who, boot: 'of another host' }));
      const until = Number(await direct.hget(ownerOf(key), 'until'));
      const reports: CheckpointReport[] = [];
      const next = await owned({ key }, (told) => reports.push(told));
      const message = expect.stringMatching(/waits up to \d+ ms for the lease of process \d+ \(.*\) on host /);
      expect(reports).toEqual([{ code: 'CHECKPOINT_AWAITED', message, details: { leftMs: expect.any(Number) } }]);
      const [seconds, micros] = await direct.time();
      expect(Number(seconds) * 1000 + Number(micros) / 1000).toBeGreaterThanOrEqual(until);
      await next.append('a', bytes('!'), true);
      expect(await textOf(next, 'a')).toBe('written!');
    });
  });
});
