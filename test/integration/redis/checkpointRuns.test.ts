/** Whole pipelines with their state in Redis. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CheckpointStore, StreamingContext } from 'rx-dstream';
import { type RedisCheckpointOptions, redisCheckpoint } from 'rx-dstream/redis';
import { retry } from 'rxjs';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { freshName, type RedisServer, skipUnless, startOwnRedis } from '../services.ts';
import { countNumbers, exactTotal } from './countNumbers.ts';

/** A pipeline under way. */
interface Running {
  readonly stream: StreamingContext;
  /** How much each batch had counted when it was put out. */
  readonly totals: number[];
  readonly times: number[];
  readonly ended: Promise<unknown>;
}

skipUnless('redis')('a pipeline with its checkpoint in Redis', () => {
  let server: RedisServer;
  const running: Running[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startOwnRedis({ appendfsync: 'always' });
  });

  afterEach(async () => {
    for (const { stream } of running.splice(0)) await stream.stop();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  afterAll(async () => {
    await server?.stop();
  });

  const store = (key: string, options: Partial<RedisCheckpointOptions> = {}): CheckpointStore =>
    redisCheckpoint({ redis: server.url, key, commandTimeoutMs: 1000, ...options });

  function run(checkpoint: CheckpointStore, isRetried = false): Running {
    const totals: number[] = [];
    const times: number[] = [];
    const { stream, chain } = countNumbers(checkpoint, (counts, time) => {
      totals.push(exactTotal(counts));
      times.push(time);
    });
    const ended = new Promise((resolve) => {
      const retried = isRetried ? chain.pipe(retry({ delay: 100 })) : chain;
      retried.subscribe({ error: resolve, complete: () => resolve('complete') });
    });
    const one = { stream, totals, times, ended };
    running.push(one);
    return one;
  }

  /** Waits for so many batches more; a run that ends meanwhile is the failure. */
  async function more({ totals, ended }: Running, batches: number): Promise<void> {
    const before = totals.length;
    const enough = vi.waitFor(() => expect(totals.length).toBeGreaterThan(before + batches), {
      timeout: 60_000,
      interval: 5,
    });
    const end = await Promise.race([enough, ended]);
    if (totals.length <= before + batches) throw end;
  }

  it('goes on when Redis is killed in the middle of writes again and again: nothing is lost, repeated or put out twice', async () => {
    const pipeline = run(store(freshName('killed')));
    for (let life = 0; life < 6; life++) {
      await more(pipeline, 15 + life);
      await server.kill9();
      await server.restart();
    }
    await more(pipeline, 15);
    await pipeline.stream.stop();
    expect(pipeline.totals).toEqual(pipeline.totals.map((_, i) => 20 * (i + 1)));
    expect(new Set(pipeline.times).size).toBe(pipeline.times.length);
  });

  it('fails if Redis stays away, and a retry goes on from the checkpoint when it is back', async () => {
    const key = freshName('away');
    const pipeline = run(store(key, { repeatForMs: 200 }));
    await more(pipeline, 5);
    await server.kill9();
    expect(await pipeline.ended).toMatchObject({ code: 'CHECKPOINT_UNAVAILABLE', retriable: true });
    const next = run(store(key, { repeatForMs: 200 }), true);
    await server.restart();
    await more(next, 5);
    await server.kill9();
    await server.restart();
    await more(next, 5);
    // What had run and was not settled runs again, on the state before it.
    const last = pipeline.totals.at(-1) as number;
    expect([last, last + 20]).toContain(next.totals[0]);
  });

  it('a second context is refused while the first one runs, and changes nothing', async () => {
    const key = freshName('owned');
    // As long as a process may be held up by others on a busy machine.
    const first = run(store(key, { leaseMs: 5000 }));
    await more(first, 3);
    const second = run(store(key, { leaseMs: 5000 }));
    expect(await second.ended).toMatchObject({ code: 'CHECKPOINT_OWNED' });
    expect(second.totals).toEqual([]);
    await more(first, 3);
  });

  it('one that takes over goes on with the state; the one before ends and writes no more', async () => {
    const key = freshName('taken');
    const first = run(store(key));
    await more(first, 5);
    const second = run(store(key, { takeOver: true }));
    expect(await first.ended).toMatchObject({ code: 'CHECKPOINT_TAKEN' });
    await more(second, 5);
    const last = first.totals.at(-1) as number;
    expect(second.totals[0]).toBeLessThanOrEqual(last + 20);
    expect(second.totals).toEqual(second.totals.map((_, i) => (second.totals[0] as number) + 20 * i));
  });

  /** A pipeline in a process of its own; `lines` are its totals, or the code of its error. */
  function alone(
    key: string,
    leaseMs: number,
  ): { readonly child: ChildProcess; readonly lines: AsyncIterable<string> } {
    const program = fileURLToPath(new URL('./countNumbersAlone.ts', import.meta.url));
    const args = ['--import', 'tsx', '--conditions=rx-dstream:source', program, server.url, key, String(leaseMs)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return { child, lines: createInterface(child.stdout as NonNullable<typeof child.stdout>) };
  }

  it('a process that is killed is followed by the next at once, with the exact state', async () => {
    const key = freshName('processes');
    let last = 0;
    for (let life = 0; life < 4; life++) {
      const { child, lines } = alone(key, 3_600_000);
      const totals: number[] = [];
      for await (const line of lines) {
        totals.push(Number(line));
        if (totals.length === 20 + life) child.kill('SIGKILL');
      }
      expect([last, last + 20]).toContain(totals[0]);
      last = totals.at(-1) as number;
    }
    expect(last).toBeGreaterThan(4 * 20 * 18);
  });

  it('a process that stood still is followed when its lease runs out, and writes nothing when it wakes', async () => {
    const key = freshName('frozen');
    const { child, lines } = alone(key, 1000);
    const said: string[] = [];
    let successor: Running | undefined;
    for await (const line of lines) {
      said.push(line);
      if (said.length !== 10) continue;
      child.kill('SIGSTOP');
      successor = run(store(key));
      await more(successor, 10);
      child.kill('SIGCONT');
    }
    expect(said.at(-1)).toBe('CHECKPOINT_TAKEN');
    const { totals } = successor as Running;
    await more(successor as Running, 10);
    expect(totals).toEqual(totals.map((_, i) => (totals[0] as number) + 20 * i));
  });
});
