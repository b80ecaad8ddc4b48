import { describe, expect, it, vi } from 'vitest';
import {
  batchInterval,
  drain,
  foreachBatch,
  isStreamError,
  StreamError,
  StreamingContext,
} from '../../../src/index.ts';
import { type CustomReceiverOptions, type Receiving, receiver } from '../../../src/receiver.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { manualClock } from '../../../src/testing/index.ts';
import { PATIENT } from '../../support/patient.ts';
import { promisesSettle } from '../../support/stage.ts';
import { BatchesOf } from './batchesOf.ts';
import { logWith } from './session.ts';

const MiB = 1024 * 1024;

/** A receiver whose function hands out what it is given, for the test to receive by itself. */
function byHand<T>(options: Partial<CustomReceiverOptions<T>> = {}) {
  const given: Receiving<T>[] = [];
  const left = vi.fn();
  const source = receiver<T>({
    name: 'hand',
    log: 'memory',
    receive: (receiving) => {
      given.push(receiving);
      return left;
    },
    ...options,
  });
  const run = new BatchesOf(source);
  return { run, given, left, receiving: () => given.at(-1) as Receiving<T> };
}

describe('receiver: what is stored', () => {
  it('is in the next batch, in its order, and nothing waits for a promise', () => {
    const { run, receiving } = byHand<number>();
    void receiving().store([1, 2]);
    void receiving().store([3]);
    expect(run.next(2)).toEqual([[1, 2, 3], []]);
  });

  it('is answered for when it is in the log', async () => {
    const { receiving } = byHand<number>();
    await expect(receiving().store([1])).resolves.toBeUndefined();
    await expect(receiving().store([])).resolves.toBeUndefined();
  });

  it('is a copy: what structuredClone takes comes back as it was stored', () => {
    const { run, receiving } = byHand<unknown>();
    const records = [{ at: new Date(5), sum: 3n, bytes: new Uint8Array([1, 2]) }, 'text', null, new Map([[1, [2]]])];
    const copy = structuredClone(records);
    void receiving().store(records);
    (records[0] as { sum: bigint }).sum = 4n;
    expect(run.next()).toEqual([copy]);
  });

  it('is encoded by the codec that is given', () => {
    const encode = vi.fn((records: readonly number[]) => Uint8Array.from(records));
    const { run, receiving } = byHand<number>({ encode, decode: (block) => block });
    void receiving().store([7, 8]);
    expect(run.next()).toEqual([[7, 8]]);
    expect(encode).toHaveBeenCalledTimes(1);
  });

  it('is refused if it cannot be encoded; the rest goes on, and whoever did not look finds it reported', async () => {
    const { run, receiving } = byHand<unknown>();
    const refused = receiving().store([() => {}]);
    void receiving().store([1]);
    await expect(refused).rejects.toSatisfy((error) => isStreamError(error, 'INVALID_ARGUMENT'));
    expect(run.next()).toEqual([[1]]);
    expect(run.reported('INVALID_ARGUMENT')).toEqual([expect.stringContaining('1 records cannot be encoded')]);
  });
});

describe('receiver: single records', () => {
  it('are in one block with those of the same interval, and are answered for together', async () => {
    const encode = vi.fn((records: readonly number[]) => Uint8Array.from(records));
    const { run, receiving } = byHand<number>({ encode, decode: (block) => block });
    const one = receiving().add(1);
    const two = receiving().add(2);
    run.clock.advanceBy(200);
    const three = receiving().add(3);
    run.clock.advanceBy(200);
    expect(encode.mock.calls.map(([records]) => records)).toEqual([[1, 2], [3]]);
    expect(two).toBe(one);
    expect(three).not.toBe(one);
    await Promise.all([one, three]);
    expect(run.next()).toEqual([[1, 2, 3]]);
  });

  it('wait for their interval, which begins with the first of them', () => {
    const { run, receiving } = byHand<number>({ blockIntervalMs: 500 });
    run.clock.advanceBy(900);
    void receiving().add(1);
    expect(run.next(1)).toEqual([[]]);
    expect(run.next(1)).toEqual([[1]]);
  });

  it('keep their place before what is stored after them', () => {
    const { run, receiving } = byHand<number>();
    void receiving().add(1);
    void receiving().store([2]);
    void receiving().add(3);
    expect(run.next()).toEqual([[1, 2, 3]]);
  });
});

describe('receiver: a full log', () => {
  const small = {
    log: { memory: true, maxBytes: 700 },
    encode: Buffer.from,
    decode: (block: Uint8Array) => block,
  } as const;

  it('lets whoever stores wait until batches have settled, in order', async () => {
    const { run, receiving } = byHand<number>(small);
    const answered: string[] = [];
    const store = (name: string) =>
      void receiving()
        .store(new Array(300).fill(name.charCodeAt(0)))
        .then(() => answered.push(name));
    for (const name of ['a', 'b', 'c']) store(name);
    await vi.waitFor(() => expect(answered).toEqual(['a']), PATIENT);
    expect(run.next().map((batch) => new Set(batch))).toEqual([new Set([97])]);
    await vi.waitFor(() => expect(answered).toEqual(['a', 'b']), PATIENT);
    run.next();
    await vi.waitFor(() => expect(answered).toEqual(['a', 'b', 'c']), PATIENT);
    expect(new Set(run.next()[0])).toEqual(new Set([99]));
    expect(run.reported('BLOCK_REFUSED')).toEqual([]);
  });

  it('refuses more than may wait, and tells how many in the next batch', async () => {
    const { run, receiving } = byHand<number>({ ...small, maxWaitingBytes: 600 });
    const stores = Array.from({ length: 5 }, () => receiving().store(new Array(300).fill(1)));
    const refused = await Promise.allSettled(stores.slice(3));
    expect(refused.map((one) => one.status === 'rejected' && isStreamError(one.reason, 'BUFFER_FULL'))).toEqual([
      true,
      true,
    ]);
    run.next();
    const [event, ...others] = run.events.filter((one) => one.type === 'report' && one.code === 'BLOCK_REFUSED');
    expect(event).toMatchObject({
      count: 2,
      message: expect.stringContaining('(the last of 2 since the batch before)'),
    });
    expect(others).toEqual([]);
  });

  it('refuses at once what never fits', async () => {
    const { receiving } = byHand<number>(small);
    const error = await receiving()
      .store(new Array(2000).fill(1))
      .catch((reason: unknown) => reason);
    expect(isStreamError(error, 'BUFFER_FULL') && !error.retriable).toBe(true);
  });
});

describe('receiver: a block of more than its log takes at once', () => {
  it('is refused for good, with the option to raise, and nothing waits behind it', async () => {
    const { run, receiving } = byHand<number>({
      log: logWith(() => ({ maxBlockBytes: 500, hasRoom: (bytes) => bytes <= 500 })),
      encode: Buffer.from,
      decode: (block) => block,
    });
    void receiving().store([1]);
    const refused = receiving().store(new Array(501).fill(2));
    void receiving().store([3]);
    await expect(refused).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      retriable: false,
      message: expect.stringMatching(/501 bytes never fit into a block of at most 500\..*raise maxBlockBytes\.$/),
    });
    await promisesSettle();
    expect(run.next()).toEqual([[1, 3]]);
  });

  it('is refused for good by a log in memory too', () => {
    const log = memoryLog({ name: 'memory', maxBytes: 1000 });
    const append = (bytes: number) => () => log.append({ parts: [new Uint8Array(bytes)], records: 1 });
    expect(append(1000)).toThrow(expect.objectContaining({ code: 'BUFFER_FULL', retriable: false }));
    append(500)();
    expect(append(500)).toThrow(expect.objectContaining({ code: 'BUFFER_FULL', retriable: true }));
  });
});

describe('receiver: its function', () => {
  it('completes the stream when its promise ends with nothing, after what it had stored', async () => {
    const run = new BatchesOf(
      receiver<number>({
        name: 'loop',
        log: 'memory',
        async receive({ store, add }) {
          await store([1]);
          void add(2);
        },
      }),
    );
    await vi.waitFor(() => {
      run.next();
      expect(run.ended).toBe('completed');
    }, PATIENT);
    expect(run.batches.flat()).toEqual([1, 2]);
  });

  it('ends the stream with an error, after what it had stored', () => {
    const { run, receiving } = byHand<number>();
    const error = new Error('no more');
    void receiving().add(1);
    receiving().end(error);
    expect(run.next()).toEqual([[1]]);
    expect(run.ended).toEqual({ error });
  });

  it('is called again when it fails, after a delay that doubles until something is stored', async () => {
    let calls = 0;
    const run = new BatchesOf(
      receiver<number>({
        name: 'flaky',
        log: 'memory',
        firstDelayMs: 100,
        maxDelayMs: 300,
        receive: ({ store }) => {
          if (++calls !== 4) throw new Error(`failure ${calls}`);
          void store([1]);
          return () => {};
        },
      }),
    );
    for (const wait of [100, 200, 300]) {
      run.clock.advanceBy(wait - 1);
      await Promise.resolve();
      const before = calls;
      run.clock.advanceBy(1);
      await vi.waitFor(() => expect(calls).toBe(before + 1), PATIENT);
    }
    expect(run.reported('RECONNECTING')).toEqual([
      expect.stringContaining('again in 100 ms: failure 1'),
      expect.stringContaining('again in 200 ms: failure 2'),
      expect.stringContaining('again in 300 ms: failure 3'),
    ]);
    await vi.waitFor(
      () => expect(run.reported('RECONNECTED')).toEqual(['flaky: receives again after 3 failures.']),
      PATIENT,
    );
    expect(run.next()).toEqual([[1]]);
  });

  it('is left and called again by restart(); what the one before stores is refused', async () => {
    const { run, given, left, receiving } = byHand<number>();
    receiving().restart(new Error('gone'));
    expect(left).toHaveBeenCalledTimes(1);
    expect(given[0]?.signal.aborted).toBe(true);
    const late = given[0]?.store([1]);
    await expect(late).rejects.toSatisfy((error) => isStreamError(error, 'SOURCE_FAILED'));
    await vi.waitFor(() => {
      run.clock.advanceBy(100);
      expect(given).toHaveLength(2);
    }, PATIENT);
    void receiving().store([2]);
    expect(run.next()).toEqual([[2]]);
  });

  it('ends the run with what a new try cannot mend', () => {
    const error = new StreamError('SOURCE_FAILED', 'no such queue');
    const run = new BatchesOf(
      receiver({
        name: 'broken',
        log: 'memory',
        receive: () => {
          throw error;
        },
      }),
    );
    run.next();
    expect(run.ended).toEqual({ error });
  });

  it('has to say how to stop it', () => {
    const run = new BatchesOf(receiver({ name: 'void', log: 'memory', receive: (() => {}) as never }));
    run.next();
    expect(run.ended).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('a function that stops') },
    });
  });

  it('is told the last note that was stored, when it is called again', async () => {
    const { run, receiving, given } = byHand<number>();
    expect(receiving().note).toBeUndefined();
    await receiving().store([1], { cursor: 17 });
    await receiving().store([2]);
    receiving().restart('again');
    await vi.waitFor(() => {
      run.clock.advanceBy(100);
      expect(given).toHaveLength(2);
    }, PATIENT);
    expect(receiving().note).toEqual({ cursor: 17 });
  });
});

describe('receiver: a graceful stop', () => {
  it('aborts the signal, waits for the function, and processes what it stores until then', async () => {
    let finish: () => void = () => {};
    const run = new BatchesOf(
      receiver<number>({
        name: 'loop',
        log: 'memory',
        async receive({ store, signal }) {
          void store([1]);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          await store([2]);
        },
      }),
    );
    const stopped = run.stream.stop({ graceful: true });
    await vi.waitFor(() => {
      run.clock.advanceBy(0);
      finish();
      run.next();
      expect(run.ended).toBe('completed');
    }, PATIENT);
    await stopped;
    expect(run.batches.flat()).toEqual([1, 2]);
  });

  it('does not wait for a function that does not heed the signal longer than the deadline', async () => {
    const run = new BatchesOf(
      receiver<number>({
        name: 'deaf',
        log: 'memory',
        async receive({ store }) {
          void store([1]);
          await new Promise(() => {});
        },
      }),
    );
    const stopped = run.stream.stop({ graceful: true, deadline: 5000 }).catch((error: unknown) => error);
    let isOver = false;
    void stopped.then(() => {
      isOver = true;
    });
    await vi.waitFor(() => {
      run.clock.advanceBy(1000);
      expect(isOver).toBe(true);
    }, PATIENT);
  });

  it('makes a block of single records that wait for their interval', async () => {
    const { run, receiving, left } = byHand<number>({ blockIntervalMs: 60_000 });
    void receiving().add(1);
    const stopped = run.stream.stop({ graceful: true });
    await vi.waitFor(() => {
      run.next();
      expect(run.ended).toBe('completed');
    }, PATIENT);
    await stopped;
    expect(left).toHaveBeenCalledTimes(1);
    expect(run.batches.flat()).toEqual([1]);
    await expect(receiving().add(2)).rejects.toSatisfy((error) => isStreamError(error, 'SOURCE_FAILED'));
    await expect(receiving().store([2])).rejects.toSatisfy((error) => isStreamError(error, 'SOURCE_FAILED'));
  });
});

describe('receiver: a graceful stop with more than its batches may have', () => {
  it('waits with blocks for which the log is full until batches have made room: none is refused', async () => {
    const { run, receiving } = byHand<number>({
      log: { memory: true, maxBytes: 700 },
      encode: Buffer.from,
      decode: (block) => block,
    });
    const stores = [1, 2, 3].map((value) => receiving().store(new Array(300).fill(value)));
    const stopped = run.stream.stop({ graceful: true, deadline: 60_000 });
    await vi.waitFor(() => {
      run.next();
      expect(run.ended).toBe('completed');
    }, PATIENT);
    await stopped;
    expect(await Promise.allSettled(stores)).toEqual(new Array(3).fill({ status: 'fulfilled', value: undefined }));
    expect(run.batches.flatMap((batch) => [...new Set(batch)])).toEqual([1, 2, 3]);
  });

  it('under a drain trigger goes on at maxRatePerSecond until nothing is left', async () => {
    const clock = manualClock();
    const stream = new StreamingContext({ trigger: drain(), scheduler: clock, onWarning: () => {} });
    const got: number[] = [];
    let give: Receiving<number> | undefined;
    receiver<number>({
      name: 'limited',
      log: 'memory',
      maxRatePerSecond: 2,
      receive: (receiving) => {
        give = receiving;
        return () => {};
      },
    })
      .pipe(
        batchInterval(stream),
        foreachBatch((batch) => void got.push(...batch.records)),
      )
      .subscribe();
    clock.advanceBy(0);
    void give?.store([1, 2, 3, 4, 5]);
    clock.advanceBy(100);
    await promisesSettle();
    const stopped = stream.stop({ graceful: true, deadline: 60_000 });
    clock.advanceBy(1000);
    expect([got, stream.state]).toEqual([[1, 2, 3, 4], 'ACTIVE']);
    clock.advanceBy(1000);
    await stopped;
    expect(got).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not wait for its function any more when the run ends meanwhile, whatever was being stored then', async () => {
    const gates: (() => void)[] = [];
    const closed = vi.fn();
    const run = new BatchesOf(
      receiver<number>({
        name: 'deaf',
        log: logWith((inner) => ({
          append: (one) => new Promise((resolve) => gates.push(() => resolve(inner.append(one) as number))),
          close: closed,
        })),
        async receive({ store }) {
          void store([1]);
          await new Promise(() => {});
        },
      }),
    );
    void run.stream.stop({ graceful: true });
    void run.stream.stop();
    for (const open of gates) open();
    await vi.waitFor(() => expect(closed).toHaveBeenCalled(), PATIENT);
  });
});

describe('receiver: after the end', () => {
  it('its function is not called again, however it fails', async () => {
    const calls = vi.fn();
    const run = new BatchesOf(
      receiver<number>({
        name: 'over',
        log: 'memory',
        maxRatePerSecond: 1,
        receive: async ({ store, end }) => {
          calls();
          void store([1, 2, 3, 4]);
          end();
          throw new Error('too late to be of interest');
        },
      }),
    );
    await vi.waitFor(() => {
      run.next();
      expect(run.ended).toBe('completed');
    }, PATIENT);
    expect([calls.mock.calls.length, run.batches.flat(), run.reported('RECONNECTING')]).toEqual([1, [1, 2, 3, 4], []]);
  });
});

describe('receiver: wrong arguments throw where they are written', () => {
  const receive = () => () => {};
  it.each([
    ['no log', { name: 'x', receive }, /receiver\(log\)/],
    ['a function that makes no log', { name: 'x', log: () => ({}), receive }, /receiver\(log\).*makes a BlockLog, got/],
    ['no name', { log: 'memory', receive }, /receiver\(name\)/],
    ['no function', { name: 'x', log: 'memory' }, /receiver\(receive\)/],
    ['half a codec', { name: 'x', log: 'memory', receive, encode: () => new Uint8Array() }, /receiver\(decode\)/],
    ['an interval of nothing', { name: 'x', log: 'memory', receive, blockIntervalMs: 0 }, /blockIntervalMs/],
    ['a rate of nothing', { name: 'x', log: 'memory', receive, maxRatePerSecond: 0 }, /maxRatePerSecond/],
    ['another word for lost', { name: 'x', log: 'memory', receive, onLost: 'ignore' }, /onLost/],
    ['memory that is none', { name: 'x', log: { memory: false, maxBytes: MiB }, receive }, /receiver\(log\)/],
  ])('%s', (_, options, message) => {
    expect(() => receiver(options as never)).toThrow(message);
  });
});
