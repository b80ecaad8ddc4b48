import { describe, expect, it, vi } from 'vitest';
import { isStreamError, StreamError } from '../../../src/index.ts';
import type { Cut, RecordRun } from '../../../src/sources/Source.ts';
import { PATIENT } from '../../support/patient.ts';
import { block, HandReceiver } from './handReceiver.ts';
import { logWith, Session } from './session.ts';

const coded = (code: string) => expect.objectContaining({ name: 'StreamError', code });

describe('a cut of a receiver', () => {
  it('is a range of record numbers, and goes on behind it', () => {
    const session = Session.open();
    session.receiver.give('a', 'b');
    const { cut, more, empty } = session.cut();
    const log = (cut.data as { log: string }).log;
    expect(cut).toEqual({ data: { log, from: 0, until: 2 }, records: 2, position: { log, next: 2 } });
    expect([more, empty]).toEqual([false, false]);
    expect(session.cut()).toMatchObject({ empty: true, cut: { data: { log, from: 2, until: 2 } } });
  });

  it('divides a block where the limit of records ends', () => {
    const session = Session.open();
    session.receiver.give('a', 'b', 'c');
    session.receiver.give('d', 'e');
    expect(session.cut(0)).toMatchObject({ empty: true, more: true });
    expect([session.next(2), session.next(2), session.next(2)]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('takes blocks of at most maxBatchBytes, and one at least', () => {
    const session = Session.open({ maxBatchBytes: 12 });
    for (const text of ['abcd', 'efgh', 'a text that is too long for one batch', 'i', 'j', 'k'])
      session.receiver.give(text);
    expect([1, 2, 3, 4].map(() => session.next())).toEqual([
      ['abcd'],
      ['efgh'],
      ['a text that is too long for one batch'],
      ['i', 'j'],
    ]);
  });

  it('takes maxRatePerSecond times the interval, one at least', () => {
    const session = Session.open({ maxRatePerSecond: 3 });
    session.receiver.give(...'abcdefghij');
    const sizes = [1000, 500, 100].map((intervalMs) => session.cut(undefined, intervalMs).cut.records);
    expect(sizes).toEqual([3, 1, 1]);
  });

  it('under a drain trigger takes what the rate has allowed since, and wakes when it allows more', () => {
    const session = Session.open({ maxRatePerSecond: 4 });
    session.receiver.give(...'abcdefghij');
    expect(session.cut(undefined, 0, 0).cut.records).toBe(4);
    const wakes = session.wakes;
    const again = session.cut(undefined, 0, 100);
    expect(again).toMatchObject({ empty: true, more: false });
    session.scheduler.flush();
    expect([session.wakes, session.scheduler.now()]).toEqual([wakes + 1, 150]);
    expect(session.cut(undefined, 0, 500).cut.records).toBe(2);
  });

  it('does not take what is not safe yet', async () => {
    const gates: (() => void)[] = [];
    const log = logWith((inner) => ({
      append: (one) => {
        const first = inner.append(one) as number;
        return new Promise<number>((resolve) => gates.push(() => resolve(first)));
      },
    }));
    const session = Session.open({ log });
    session.receiver.give('a');
    session.receiver.give('b');
    expect(session.cut().empty).toBe(true);
    gates[0]?.();
    await vi.waitFor(() => expect(session.wakes).toBe(1), PATIENT);
    expect(session.next()).toEqual(['a']);
    gates[1]?.();
    await vi.waitFor(() => expect(session.next()).toEqual(['b']), PATIENT);
  });
});

describe('the position of a receiver', () => {
  it('lets the next run of the process go on right there, and read again what has not settled', async () => {
    const session = Session.open();
    session.receiver.give('a', 'b', 'c');
    const [first, second] = [session.cut(1).cut, session.cut(1).cut];
    session.source.settled(first);
    await session.close();
    session.open(second.position);
    expect([session.read(second), session.next()]).toEqual([['b'], ['c']]);
    expect(session.reports).toEqual([]);
  });

  it('of another log is told, and it goes on with what is here', () => {
    const session = Session.open({}, { log: 'another', next: 17 });
    session.receiver.give('a');
    expect([session.codes, session.next()]).toEqual([['POSITION_RESET'], ['a']]);
  });

  it('of another log fails a batch that had not settled', () => {
    const session = Session.open({}, { log: 'another', next: 17 });
    const cut: Cut = { data: { log: 'another', from: 10, until: 17 } };
    expect(() => session.read(cut)).toThrow(
      /7 records of a batch that had not settled were in a log that is gone.*onLost: 'skip'/,
    );
    const skipping = Session.open({ onLost: 'skip' }, { log: 'another', next: 17 });
    expect(skipping.read(cut)).toEqual([]);
    expect(skipping.reports.at(-1)).toMatchObject({ code: 'RECORDS_DROPPED', count: 7 });
  });

  it('of records that a later life has processed and trimmed is an error, unless it may go on without them', async () => {
    const session = Session.open();
    session.receiver.give('a', 'b', 'c');
    const old = session.cut(1).cut;
    session.source.settled(session.cut(1).cut);
    await session.close();
    expect(() => session.open(old.position)).toThrow(coded('DATA_LOST'));
    await session.close();
    const skipping = new Session({
      onLost: 'skip',
      log: logWith((inner) => ({
        open: (s, r) => ({ ...(inner.open(s, r) as object), id: 'x', first: 2, next: 3 }) as never,
      })),
    });
    skipping.open({ log: 'x', next: 1 });
    expect(skipping.reports).toEqual([expect.objectContaining({ code: 'RECORDS_DROPPED', count: 1 })]);
    expect(skipping.read({ data: { log: 'x', from: 0, until: 1 } })).toEqual([]);
    expect(skipping.reports).toHaveLength(2);
  });

  it('behind the end of its log is an error; going on without it the numbers that come again are told apart', () => {
    const open = (log: string, next: number) => {
      const session = new Session({
        onLost: 'skip',
        log: logWith((inner) => ({ open: (s, r) => ({ ...(inner.open(s, r) as object), id: 'x' }) as never })),
      });
      session.open({ log, next });
      return session;
    };
    const strict = new Session({
      log: logWith((inner) => ({ open: (s, r) => ({ ...(inner.open(s, r) as object), id: 'x' }) as never })),
    });
    expect(() => strict.open({ log: 'x', next: 5 })).toThrow(/ends at record 0, and batches were cut up to 5/);
    const session = open('x', 5);
    session.receiver.give('a', 'b');
    expect(session.read({ data: { log: 'x', from: 0, until: 2 } })).toEqual([]);
    const { cut } = session.cut();
    expect(session.read(cut)).toEqual(['a', 'b']);
    const again = open((cut.position as { log: string }).log, 0);
    again.receiver.give('c', 'd');
    expect(again.read(cut)).toEqual(['c', 'd']);
  });
});

describe('a log that has lost its end', () => {
  const kept = (count: number) =>
    logWith((inner) => ({
      open(scheduler, report) {
        inner.append(block(Array.from({ length: count }, (_, number) => `kept ${number}`)));
        return { ...(inner.open(scheduler, report) as object), id: 'x' } as never;
      },
    }));
  const cut = (log: string, from: number, until: number): Cut => ({ data: { log, from, until } });

  it('gives a batch what is left of it: no more is dropped than is lost, and that is counted', () => {
    const session = new Session({ onLost: 'skip', log: kept(3) });
    session.open({ log: 'x', next: 7 });
    expect([session.read(cut('x', 0, 2)), session.read(cut('x', 2, 5)), session.read(cut('x', 5, 7))]).toEqual([
      ['kept 0', 'kept 1'],
      ['kept 2'],
      [],
    ]);
    expect(session.reports.map(({ code, count }) => [code, count])).toEqual([
      ['RECORDS_DROPPED', 4],
      ['RECORDS_DROPPED', 2],
      ['RECORDS_DROPPED', 2],
    ]);
  });

  it('and once more, still knows which numbers have come again', () => {
    const first = new Session({ onLost: 'skip', log: kept(3) });
    first.open({ log: 'x', next: 7 });
    first.receiver.give('3, again');
    const position = first.cut().cut.position as { log: string };
    const second = new Session({ onLost: 'skip', log: kept(5) });
    second.open({ log: position.log, next: 9 });
    const { log } = second.cut().cut.data as { log: string };
    const read = (of: string) => second.read(cut(of, 0, 7)).length;
    expect([read('x'), read(position.log), second.read(cut(log, 0, 5)).length]).toEqual([3, 5, 5]);
  });
});

describe('settled batches', () => {
  it('are trimmed, and make room for whoever waits, first come, first served', async () => {
    const session = Session.open({ log: { memory: true, maxBytes: 700 } });
    const { host } = session.receiver;
    session.receiver.give('a'.repeat(400));
    expect(host.hasRoom(400)).toBe(false);
    const waited: string[] = [];
    void host.room(400).then(() => waited.push('first'));
    void host.room(400).then(() => waited.push('second'));
    const { cut } = session.cut();
    await Promise.resolve();
    expect(waited).toEqual([]);
    session.source.settled(cut);
    await vi.waitFor(() => expect(waited).toEqual(['first']), PATIENT);
    expect(host.hasRoom(400)).toBe(true);
  });

  it('of another log are not trimmed here', () => {
    const session = Session.open();
    session.receiver.give('a');
    session.source.settled({ data: { log: 'another', from: 0, until: 9 } });
    expect(session.next()).toEqual(['a']);
  });
});

describe('a block that cannot be decoded', () => {
  const bad = { parts: [Buffer.from('[]')], records: 2 };
  const worse = { parts: [Buffer.from('{"no')], records: 2 };

  function holding(options: ConstructorParameters<typeof Session>[0] = {}) {
    const session = Session.open(options);
    session.receiver.give('a');
    void session.receiver.host.store(worse);
    session.receiver.give('b');
    return session;
  }

  it('fails the batch and says which one it is', () => {
    const session = holding();
    expect(() => session.next()).toThrow(coded('RECORD_UNDECODABLE'));
    expect(() => session.read({ data: { ...(session.cut().cut.data as object), from: 0, until: 3 } })).toThrow(
      /hand: the block of 4 bytes with the records 1 to 2 cannot be decoded/,
    );
  });

  it('is left out, and told once however often the batch is read', () => {
    const session = holding({ onUndecodable: 'skip' });
    const run = session.source.read(session.cut().cut) as RecordRun<string>;
    for (let pass = 0; pass < 2; pass++) {
      const records: string[] = [];
      run.run((record) => records.push(record));
      expect(records).toEqual(['a', 'b']);
    }
    expect(session.reports).toEqual([expect.objectContaining({ code: 'RECORD_UNDECODABLE', count: 2 })]);
  });

  it('is handed to a function with its bytes', () => {
    const onUndecodable = vi.fn();
    const session = holding({ onUndecodable });
    expect(session.next()).toEqual(['a', 'b']);
    expect(onUndecodable).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ first: 1, records: 2 }));
    expect(Buffer.from(onUndecodable.mock.calls[0]?.[0].bytes).toString()).toBe('{"no');
  });

  it('is also one with fewer or more records than it was stored with', () => {
    const session = Session.open();
    void session.receiver.host.store(bad);
    expect(() => session.next()).toThrow(/expected 2 records, got 0/);
    void session.receiver.host.store({ ...block(['a', 'b', 'c']), records: 2 });
    expect(() => session.next()).toThrow(coded('DATA_CORRUPT'));
  });

  it('is not one whose visitor throws', () => {
    const session = holding({ onUndecodable: 'skip' });
    const run = session.source.read(session.cut().cut) as RecordRun<string>;
    const error = new Error('of the visitor');
    expect(() =>
      run.run(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(session.reports).toEqual([]);
  });
});

describe('the end of a receiver', () => {
  it('comes with the last cut, after everything that was being written', async () => {
    let open: () => void = () => {};
    const log = logWith((inner) => ({
      append: (one) => new Promise<number>((resolve) => (open = () => resolve(inner.append(one) as number))),
    }));
    const session = Session.open({ log });
    session.receiver.give('a');
    const error = new Error('over');
    session.receiver.host.end(error);
    expect(session.cut().last).toBeUndefined();
    open();
    await vi.waitFor(() => expect(session.cut(0)).toMatchObject({ more: true }), PATIENT);
    expect(session.cut()).toMatchObject({ last: true, error, cut: { records: 1 } });
    await expect(session.receiver.host.store(block(['b']))).rejects.toEqual(coded('SOURCE_FAILED'));
  });

  it('comes by itself when the log cannot be written: what was safe is processed first', async () => {
    const failure = new StreamError('LOG_FAILED', 'the disk is full');
    let isBroken = false;
    const log = logWith((inner) => ({
      append: (one) => (isBroken ? Promise.reject(failure) : inner.append(one)),
    }));
    const session = Session.open({ log });
    session.receiver.give('a');
    isBroken = true;
    await expect(session.receiver.host.store(block(['b']))).rejects.toBe(failure);
    isBroken = false;
    await expect(session.receiver.host.store(block(['c']))).rejects.toBe(failure);
    expect(session.cut()).toMatchObject({ last: true, error: failure, cut: { records: 1 } });
  });
});

describe('draining a receiver', () => {
  it('stops it once, lets nobody wait for room, and leaves all that came to the cuts', async () => {
    const session = Session.open({ log: { memory: true, maxBytes: 700 } });
    const { receiver } = session;
    receiver.give('a'.repeat(300), 'b');
    let finish: () => void = () => {};
    receiver.stopping = new Promise((resolve) => (finish = resolve));
    const room = receiver.host.room(400);
    const drained = session.source.drain?.() as Promise<void>;
    await room;
    await receiver.host.store(block(['came before']));
    finish();
    await drained;
    await expect(receiver.host.store(block(['too late']))).rejects.toEqual(coded('SOURCE_FAILED'));
    expect(receiver.host.signal.aborted).toBe(false);
    const cuts = [session.cut(1), session.cut(1), session.cut(1)];
    expect(cuts.map(({ more }) => more)).toEqual([true, true, false]);
    await session.close();
    expect(receiver.calls).toEqual(['start', 'stop']);
    expect(receiver.host.signal.aborted).toBe(true);
  });
});

describe('opening and closing a receiver', () => {
  it('closes the log when the receiver cannot start, and can be opened again', async () => {
    const close = vi.fn();
    const receiver = new HandReceiver();
    receiver.failure = new StreamError('SOURCE_FAILED', 'the port is taken');
    const session = new Session({ log: logWith(() => ({ close })) }, receiver);
    expect(() => session.open()).toThrow('the port is taken');
    await session.close();
    expect([close.mock.calls.length, receiver.calls]).toEqual([1, ['start', 'stop']]);
    receiver.failure = undefined;
    session.open();
    receiver.give('a');
    expect(session.next()).toEqual(['a']);
  });

  it('closed while its log is being opened, it never starts the receiver', async () => {
    let open: () => void = () => {};
    const close = vi.fn();
    const log = logWith((inner) => ({
      open: (scheduler, report) =>
        new Promise((resolve) => (open = () => resolve(inner.open(scheduler, report) as never))),
      close,
    }));
    const session = Session.open({ log });
    const closed = session.close();
    open();
    await closed;
    expect([close.mock.calls.length, session.receiver.calls]).toEqual([1, []]);
  });

  it('closes the log also when the receiver cannot stop, and says so', async () => {
    const close = vi.fn();
    const session = Session.open({ log: logWith(() => ({ close })) });
    session.receiver.stopping = Promise.reject(new Error('hangs on'));
    await expect(session.close()).rejects.toThrow('hangs on');
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('waits with closing the log for what is being written', async () => {
    const calls: string[] = [];
    let finish: () => void = () => {};
    const log = logWith((inner) => ({
      append: (one) =>
        new Promise<number>((resolve) => {
          finish = () => {
            calls.push('written');
            resolve(inner.append(one) as number);
          };
        }),
      close: () => void calls.push('closed'),
    }));
    const session = Session.open({ log });
    session.receiver.give('a');
    const closed = session.close();
    await Promise.resolve();
    finish();
    await closed;
    expect(calls).toEqual(['written', 'closed']);
  });
});

describe('what a receiver reports', () => {
  it('comes under its name; duplicates are told once for each batch, with their sum', () => {
    const session = Session.open();
    const { host } = session.receiver;
    host.report('RECONNECTING', 'the peer is gone.');
    host.report('DUPLICATES_DROPPED', '2 records came twice.', { count: 2 });
    host.report('DUPLICATES_DROPPED', '3 records came twice.', { count: 3 });
    expect(session.reports).toEqual([{ code: 'RECONNECTING', message: 'hand: the peer is gone.' }]);
    session.cut();
    session.cut();
    expect(session.reports.slice(1)).toEqual([
      {
        code: 'DUPLICATES_DROPPED',
        message: 'hand: 3 records came twice. (the last of 2 since the batch before)',
        count: 5,
      },
    ]);
  });

  it('is a refused block, which nobody finds in a batch', async () => {
    const session = Session.open({ log: { memory: true, maxBytes: 300 } });
    const refused = session.receiver.host.store(block(['x'.repeat(400)]));
    await expect(refused).rejects.toSatisfy((error) => isStreamError(error, 'BUFFER_FULL'));
    expect(session.cut().empty).toBe(true);
    expect(session.reports).toEqual([expect.objectContaining({ code: 'BLOCK_REFUSED', count: 1 })]);
  });
});
