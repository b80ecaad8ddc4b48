import { describe, expect, it } from 'vitest';
import type { CheckpointReport, DurableCheckpoint } from '../../../src/checkpoint/CheckpointStore.ts';
import { describeCheckpoint } from '../../../src/checkpoint/describeCheckpoint.ts';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { type LoggedCheckpointOptions, loggedCheckpoint } from '../../../src/checkpoint/log/loggedCheckpoint.ts';
import { memoryCheckpoint } from '../../../src/checkpoint/memory/memoryCheckpoint.ts';
import { savepointOf } from '../../../src/checkpoint/savepointOf.ts';
import { promised } from '../../../src/core/Answer.ts';
import { type Kept, kept, loaded, NOTHING } from '../../../src/testing/checkpoint/kept.ts';
import { batchAt, change, cutOf, plan, refusal, settle } from '../../../src/testing/checkpoint/writing.ts';
import { MemoryPlace, memoryLog } from './memoryLog.ts';

const STATE = 'a/keys';

async function begun(options?: LoggedCheckpointOptions, place = new MemoryPlace()): Promise<DurableCheckpoint> {
  const store = loggedCheckpoint(memoryLog(place), options);
  await loaded(store);
  return store;
}

async function inspected(place: MemoryPlace): Promise<Kept> {
  return loggedCheckpoint(memoryLog(place)).inspect(kept);
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue() && turns < 10_000; turns++) await new Promise(setImmediate);
}

/** Entries with these ids and values of some size. */
function entries(from: number, to: number): { ids: number[]; keys: string[]; values: unknown[] } {
  const ids = Array.from({ length: to - from }, (_, n) => from + n);
  return { ids, keys: ids.map((id) => `key ${id}`), values: ids.map((id) => ({ id })) };
}

describe('a value that would not come back as it is', () => {
  class Money {
    readonly amount = 1;
  }
  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a WeakMap', new WeakMap()],
    ['an instance of a class', new Money()],
    ['an instance of a class of maps', new (class Index extends Map {})()],
    ['a function in an object', { inside: () => 1 }],
  ])('%s is refused, named by state and key, and nothing of its batch is kept', async (_, value) => {
    const place = new MemoryPlace();
    const store = await begun({}, place);
    await change(store, 1000, { [STATE]: { added: [[1, 'first', 1]] } });
    const added = [
      [2, 'second', 2],
      [3, 'third', value],
    ] as const;
    const error = await change(store, 2000, { [STATE]: { added } }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'STATE_UNREADABLE', details: { state: STATE, key: 'third' } });
    expect((error as Error).message).toContain('codec');
    expect(await refusal(() => plan(store, batchAt(3000)))).toBe('STATE_UNREADABLE');
    const found = await inspected(place);
    expect([found.states[STATE]?.entries, found.unsettled]).toEqual([[[1, 'first', 1]], [batchAt(2000)]]);
  });

  it('is refused as a key too, and as a later value of an entry', async () => {
    const [one, other] = [await begun(), await begun()];
    const asKey = await change(one, 1000, { [STATE]: { added: [[1, new Money(), 1]] } }).catch(
      (caught: Error) => caught,
    );
    expect(asKey).toMatchObject({ code: 'STATE_UNREADABLE', message: expect.stringMatching(/^(?!.*a codec).*keyOf/) });
    await change(other, 1000, { [STATE]: { added: [[1, 'a', 1]] } });
    const error = await change(other, 2000, { [STATE]: { changed: [[1, new Money()]] } }).catch(
      (caught: Error) => caught,
    );
    expect((error as Error).message).toContain('the entry 1');
  });
});

describe('a caller that breaks the contract', () => {
  it.each([
    ['deletes an entry that is not there', { deleted: [7] }],
    ['deletes one twice', { deleted: [1, 1] }],
    ['changes an entry that is not there', { changed: [[7, 1]] as const }],
    ['changes one that the same settlement deletes', { deleted: [1], changed: [[1, 1]] as const }],
    ['adds one that is there', { added: [[2, 'b', 1]] as const }],
    ['adds one below others', { added: [[0, 'c', 1]] as const }],
    ['adds one by a number that is none', { added: [[2.5, 'c', 1]] as const }],
  ])('%s: is refused, and nothing of it is kept', async (_, rows) => {
    const place = new MemoryPlace();
    const store = await begun({}, place);
    await change(store, 1000, {
      [STATE]: {
        added: [
          [1, 'a', 1],
          [2, 'b', 2],
        ],
      },
    });
    const before = (await inspected(place)).states;
    expect(await refusal(() => change(store, 2000, { [STATE]: rows }))).toBe('CHECKPOINT_FAILED');
    expect(await refusal(() => plan(store, batchAt(3000)))).toBe('CHECKPOINT_FAILED');
    expect((await inspected(place)).states).toEqual(before);
  });

  it.each<readonly [what: string, record: unknown]>([
    ['an instance of a class', new URL('file:///x')],
    ['a function', () => {}],
  ])('plans a batch whose records hold %s: is refused, naming the source', async (_, record) => {
    const store = await begun({});
    const batch = { time: 1000, cuts: [{ source: 'clicks', cut: { data: [{ id: 1, record }], records: 1 } }] };
    await expect(store.plan(batch)).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining("'clicks'"),
    });
  });

  it('writes without having loaded: is refused', async () => {
    const store = loggedCheckpoint(memoryLog(new MemoryPlace()));
    expect(await refusal(() => plan(store, batchAt(1000)))).toBe('CHECKPOINT_FAILED');
  });
});

describe('a settlement', () => {
  it('costs what changed in it, however much there is', async () => {
    const written: number[] = [];
    const storage = memoryLog(new MemoryPlace());
    const append: LogStorage['append'] = (segment, bytes, isLasting) => {
      written.push(bytes.length);
      return storage.append(segment, bytes, isLasting);
    };
    const store = loggedCheckpoint({ ...storage, append });
    await loaded(store);
    const all = { state: STATE, version: 0, deleted: [], changed: { ids: [], values: [] }, added: entries(0, 20_000) };
    await plan(store, batchAt(1000));
    await settle(store, 1000, { states: [all] });
    written.length = 0;
    await change(store, 2000, { [STATE]: { changed: [[77, { id: 'new' }]], deleted: [78] } });
    expect(written).toHaveLength(2);
    expect(written[0]).toBeLessThan(500);
    expect(written[1]).toBeLessThan(1000);
  });
});

describe('a big settlement', () => {
  it('lets the event loop turn while it is written, and counts as a whole', async () => {
    const place = new MemoryPlace();
    const store = await begun({}, place);
    const added = entries(0, 200_000);
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    await plan(store, batchAt(1000));
    const states = [{ state: STATE, version: 0, deleted: [], changed: { ids: [], values: [] }, added }];
    const settled = settle(store, 1000, { states });
    await until(() => [...place.live.segments.values()].flat().length > 5);
    const midway = await inspected(place);
    await settled;
    clearInterval(turning);
    expect(midway.states).toEqual({});
    expect(midway.unsettled).toHaveLength(1);
    expect(turns).toBeGreaterThan(2);
    expect((await inspected(place)).states[STATE]?.entries).toHaveLength(200_000);
  });
});

describe('merging', () => {
  it('goes on while batches are written, and what is written meanwhile is there afterwards', async () => {
    const place = new MemoryPlace();
    const store = await begun({ compactAfterBytes: 100_000 }, place);
    const added = entries(0, 20_000);
    const states = [{ state: STATE, version: 0, deleted: [], changed: { ids: [], values: [] }, added }];
    await plan(store, batchAt(1000));
    await settle(store, 1000, { states });
    const first = place.live.head;
    let rounds = 0;
    while (!headOf(place).includes('"base":{') && rounds < 1000) {
      rounds++;
      await change(store, 1000 + rounds, { [STATE]: { changed: [[rounds, 'later']] } });
    }
    expect(first).not.toEqual(place.live.head);
    expect(rounds).toBeGreaterThan(3);
    const found = await inspected(place);
    expect(found.lastTime).toBe(1000 + rounds);
    expect(found.states[STATE]?.entries.filter(([, , value]) => value === 'later')).toHaveLength(rounds);
    expect(found.states[STATE]?.entries).toHaveLength(20_000);
  });

  it('leaves nothing but the base and the log behind, and no entry that is gone', async () => {
    const place = new MemoryPlace();
    const store = await begun({ compactAfterBytes: 1 }, place);
    await change(store, 1000, {
      [STATE]: {
        added: [
          [1, 'a', 'x'.repeat(5000)],
          [2, 'b', 1],
        ],
      },
    });
    await change(store, 2000, { [STATE]: { deleted: [1] } });
    await until(
      () =>
        (place.bytes([...place.live.segments.keys()].find((name) => name.startsWith('base')) ?? '')?.length ?? 9999) <
        1000,
    );
    expect([...place.live.segments.keys()].map((name) => name.split('-')[0]).sort()).toEqual(['base', 'log']);
    expect((await inspected(place)).states[STATE]?.entries).toEqual([[2, 'b', 1]]);
  });

  it('that fails is reported, tried again later, and does not end the run', async () => {
    const place = new MemoryPlace();
    const reports: CheckpointReport[] = [];
    let isFull = true;
    const fate = (_: number, name: string, segment: string) =>
      isFull && name === 'append' && segment.startsWith('base') ? new Error('no space left') : undefined;
    const store = loggedCheckpoint(memoryLog(place, { fate }), { compactAfterBytes: 500 });
    await loaded(store, (told) => reports.push(told));
    const write = async (from: number, to: number): Promise<void> => {
      for (let time = from; time < to; time++) await change(store, time, { [STATE]: { added: [[time, 'a', time]] } });
    };
    await write(1, 30);
    await until(() => reports.length > 0);
    expect(reports.length).toBeLessThan(20);
    expect(reports[0]).toMatchObject({
      code: 'CHECKPOINT_UNMERGED',
      message: expect.stringContaining('no space left'),
    });
    isFull = false;
    await write(30, 90);
    await until(() => headOf(place).includes('"base":{'));
    expect(headOf(place)).toContain('"base":{');
    expect((await inspected(place)).states[STATE]?.entries).toHaveLength(89);
  });

  it('that fails is not tried again at every batch, however many parts the log has', async () => {
    const place = new MemoryPlace();
    const reports: CheckpointReport[] = [];
    const fate = (_: number, name: string, segment: string) =>
      name === 'append' && segment.startsWith('base') ? new Error('no space left') : undefined;
    const starts = 40;
    for (let time = 1; time <= starts; time++) {
      const store = loggedCheckpoint(memoryLog(place, { fate }));
      await loaded(store);
      await change(store, time, { [STATE]: { added: [[time, 'a', time]] } });
      await promised(() => store.close());
    }
    const store = loggedCheckpoint(memoryLog(place, { fate }));
    await loaded(store, (told) => reports.push(told));
    for (let time = starts + 1; time <= 2 * starts; time++) {
      await change(store, time, { [STATE]: { added: [[time, 'a', time]] } });
      for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
    }
    expect(reports.map(({ code }) => code)).toEqual(['CHECKPOINT_UNMERGED']);
    expect((await inspected(place)).states[STATE]?.entries).toHaveLength(2 * starts);
  });

  it('ends when the checkpoint is closed, also in the middle', async () => {
    const place = new MemoryPlace();
    const store = await begun({ compactAfterBytes: 1 }, place);
    const states = [
      { state: STATE, version: 0, deleted: [], changed: { ids: [], values: [] }, added: entries(0, 200_000) },
    ];
    await plan(store, batchAt(1000));
    await settle(store, 1000, { states });
    await until(() => [...place.live.segments.keys()].some((name) => name.startsWith('base')));
    await promised(() => store.close());
    expect(headOf(place)).not.toContain('"base":{');
    const again = await begun({}, place);
    expect([...place.live.segments.keys()].map((name) => name.split('-')[0])).toEqual(['log', 'log']);
    await promised(() => again.close());
    expect((await inspected(place)).states[STATE]?.entries).toHaveLength(200_000);
  });

  it('copies what nobody has changed, and gathers small blocks', async () => {
    const place = new MemoryPlace();
    const store = await begun({ compactAfterBytes: 30_000 }, place);
    for (let n = 0; n < 300; n++) await change(store, n + 1, { [STATE]: { added: [[n, `key ${n}`, { n }]] } });
    await until(() => headOf(place).includes('"base":{'));
    const base = [...place.live.segments.keys()].find((name) => name.startsWith('base')) as string;
    expect(place.bytes(base)?.toString('latin1').split('RXDF').length).toBeLessThan(10);
  });
});

describe('an id that is given again after a start', () => {
  it('is the new entry alone: neither the old one nor a later value of it comes back', async () => {
    const place = new MemoryPlace();
    const first = await begun({}, place);
    await change(first, 1000, {
      [STATE]: {
        added: [
          [1, 'a', 1],
          [2, 'old', 1],
        ],
      },
    });
    await change(first, 2000, { [STATE]: { changed: [[2, 'later']] } });
    await change(first, 3000, { [STATE]: { deleted: [2] } });
    await promised(() => first.close());
    const second = await begun({ compactAfterBytes: 1 }, place);
    await plan(second, batchAt(4000));
    const added = [[2, 'new', 2]] as const;
    expect((await inspected(place)).states[STATE]?.entries).toEqual([[1, 'a', 1]]);
    await change(second, 5000, { [STATE]: { added } });
    const expected = [[1, 'a', 1], ...added];
    expect((await inspected(place)).states[STATE]?.entries).toEqual(expected);
    await until(() => headOf(place).includes('"base":{'));
    expect((await inspected(place)).states[STATE]?.entries).toEqual(expected);
  });
});

describe('what cannot be read', () => {
  it('is what a load fails with, also where it cannot be given back', async () => {
    const place = new MemoryPlace();
    place.live.head = Buffer.from('of somebody else');
    const release = async (): Promise<void> => {
      if (place.owner !== undefined) throw new Error('the disk is full, too');
    };
    const store = loggedCheckpoint({ ...memoryLog(place), release });
    expect(await refusal(() => loaded(store))).toBe('CHECKPOINT_CORRUPT');
  });
});

describe('many starts', () => {
  it('leave no segments behind in which nothing happened', async () => {
    const place = new MemoryPlace();
    for (let start = 0; start < 5; start++) await promised(async () => (await begun({}, place)).close());
    expect(place.live.segments.size).toBe(1);
  });
});

describe('beginning from a savepoint', () => {
  it('takes what another store held, keeps it, and is ignored once there is something', async () => {
    const other = await begun();
    await change(other, 1000, { [STATE]: { version: 3, added: [[1, 'a', 1]] } }, { positions: [['lines', 5]] });
    await plan(other, batchAt(2000, { lines: cutOf('lines', 5, 6) }));
    await other.savepoint('kept');
    const expected = await other.inspect(kept);
    await settle(other, 2000);
    const place = new MemoryPlace();
    const startFrom = savepointOf(other, 'kept');
    const store = loggedCheckpoint(memoryLog(place), { startFrom });
    expect(await loaded(store)).toEqual(expected);
    await settle(store, 2000, { positions: [['lines', 6]] });
    await promised(() => store.close());
    const again = loggedCheckpoint(memoryLog(place), { startFrom });
    expect((await loaded(again)).unsettled).toEqual([]);
  });

  it('works from a store of another kind', async () => {
    const memory = memoryCheckpoint();
    await change(memory, 1000, {
      [STATE]: {
        added: [
          [1, 'a', 1],
          [5, 'b', undefined],
        ],
      },
    });
    const store = loggedCheckpoint(memoryLog(new MemoryPlace()), { startFrom: savepointOf(memory) });
    expect((await loaded(store)).states[STATE]?.entries).toEqual([
      [1, 'a', 1],
      [5, 'b', undefined],
    ]);
  });

  it('that is not there fails, and leaves the place empty', async () => {
    const place = new MemoryPlace();
    const startFrom = savepointOf(loggedCheckpoint(memoryLog(new MemoryPlace())), 'never');
    const error = await loaded(loggedCheckpoint(memoryLog(place), { startFrom })).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'CHECKPOINT_FAILED', message: expect.stringContaining('never') });
    expect(await loaded(await reopened(place))).toEqual(NOTHING);
  });
});

async function reopened(place: MemoryPlace): Promise<DurableCheckpoint> {
  return loggedCheckpoint(memoryLog(place));
}

describe('looking on', () => {
  it('reads the head again when its owner has merged what it named', async () => {
    const place = new MemoryPlace();
    const store = await begun({ compactAfterBytes: 1 }, place);
    await change(store, 1000, { [STATE]: { added: [[1, 'a', 1]] } });
    const before = place.live.head;
    await change(store, 2000, { [STATE]: { added: [[2, 'b', 1]] } });
    await until(() => place.live.head !== before);
    let looks = 0;
    const late: LogStorage = { ...memoryLog(place), head: async () => (looks++ === 0 ? before : place.live.head) };
    expect((await loggedCheckpoint(late).inspect(kept)).lastTime).toBe(2000);
    expect(looks).toBeGreaterThan(1);
  });

  /** Whoever looks finds each head only when its owner has merged once more. */
  async function alwaysLate(merges: number): Promise<DurableCheckpoint> {
    const place = new MemoryPlace();
    const store = await begun({ compactAfterBytes: 1 }, place);
    let time = 0;
    const merge = async (): Promise<void> => {
      const first = /(?:base|log)-[\w-]+/.exec(headOf(place))?.[0] as string;
      while (place.live.segments.has(first)) {
        await change(store, ++time, { [STATE]: { changed: [[1, time]] } });
        await new Promise(setImmediate);
      }
    };
    await change(store, ++time, { [STATE]: { added: [[1, 'a', 1]] } });
    await merge();
    let looks = 0;
    const head = async (): Promise<Uint8Array | undefined> => {
      const found = place.live.head;
      if (looks++ < merges) await merge();
      return found;
    };
    return loggedCheckpoint({ ...memoryLog(place), head });
  }

  it('goes on looking as long as its owner has merged again', async () => {
    const looking = await alwaysLate(20);
    const [entry] = (await looking.inspect(kept)).states[STATE]?.entries ?? [];
    expect(entry?.[2]).toBeGreaterThan(20);
  });

  it('says when its owner merges without end that it may be looked at later', async () => {
    const looking = await alwaysLate(Number.POSITIVE_INFINITY);
    const error = await looking.inspect(kept).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CHECKPOINT_UNAVAILABLE', retriable: true });
  });

  it('finds a part missing that the head still names', async () => {
    const place = new MemoryPlace();
    const store = await begun({}, place);
    await change(store, 1000, { [STATE]: { added: [[1, 'a', 1]] } });
    place.live.segments.clear();
    expect(await refusal(() => inspected(place))).toBe('CHECKPOINT_CORRUPT');
  });
});

describe('describeCheckpoint', () => {
  it('tells time, positions, states with keys and bytes, and what has not settled', async () => {
    const store = await begun();
    await change(
      store,
      1000,
      {
        [STATE]: {
          version: 2,
          added: [
            [1, 'a', 1],
            [2, 'b', 1],
          ],
        },
      },
      { positions: [['lines', 5]] },
    );
    await plan(store, batchAt(2000));
    expect(await describeCheckpoint(store)).toEqual({
      name: 'memory',
      time: 2000,
      positions: { lines: 5 },
      states: [{ name: STATE, version: 2, keys: 2, bytes: expect.any(Number) }],
      unsettled: [batchAt(2000)],
    });
  });

  it('tells how many keys are there when some were changed, some have gone and some have come', async () => {
    const store = await begun();
    const three = [1, 2, 3].map((id): [number, string, number] => [id, `key ${id}`, 0]);
    await change(store, 1000, { [STATE]: { added: three } });
    await change(store, 2000, { [STATE]: { deleted: [1, 3], changed: [[2, 1]], added: [[4, 'key 4', 0]] } });
    await change(store, 3000, { [STATE]: { deleted: [4] } });
    expect((await describeCheckpoint(store)).states).toMatchObject([{ name: STATE, keys: 1 }]);
  });

  it('describes a savepoint by its name', async () => {
    const store = await begun();
    await plan(store, batchAt(1000));
    await store.savepoint('early');
    await plan(store, batchAt(2000));
    expect((await describeCheckpoint(store, 'early')).time).toBe(1000);
  });
});

function headOf({ live }: MemoryPlace): string {
  return (live.head as Buffer).subarray(16).toString();
}
