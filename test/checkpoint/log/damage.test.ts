/** A small checkpoint with base, log and savepoint, damaged in every way: an error that says so, or what was there before. Never a wrong state. */
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointReport } from '../../../src/checkpoint/CheckpointStore.ts';
import { loggedCheckpoint } from '../../../src/checkpoint/log/loggedCheckpoint.ts';
import { promised } from '../../../src/core/Answer.ts';
import { isStreamError } from '../../../src/core/errors.ts';
import { type Kept, kept, loaded, NOTHING } from '../../../src/testing/checkpoint/kept.ts';
import { batchAt, change, cutOf, plan, settle } from '../../../src/testing/checkpoint/writing.ts';
import { MemoryPlace, memoryLog } from './memoryLog.ts';

/** Nobody owns it; the machine has not crashed. */
let whole: MemoryPlace;
/** What it held after each call that was answered. */
const states: Kept[] = [NOTHING];
/** Where the last write begins in the segment that was written to. */
let lastWrite: number;

beforeAll(async () => {
  whole = new MemoryPlace();
  const store = loggedCheckpoint(memoryLog(whole), { compactAfterBytes: 1 });
  await loaded(store);
  await change(store, 1000, {
    'a/keys': {
      added: [
        [1, 'a', { n: 1 }],
        [2, 'b', 2],
      ],
    },
    'b/keys': { added: [[1, ['x', 1], 'text']] },
  });
  // The merge that this has begun; then nothing is merged any more.
  for (let turns = 0; !(headOf(whole).base && whole.live.segments.size === 2) && turns < 1000; turns++) {
    await new Promise(setImmediate);
  }
  await promised(() => store.close());
  const slow = loggedCheckpoint(memoryLog(whole));
  await loaded(slow);
  states.push(await inspected(whole));
  const did = async (work: Promise<void>): Promise<void> => {
    await work;
    states.push(await inspected(whole));
  };
  await did(plan(slow, batchAt(2000, { lines: cutOf('lines', 0, 5) })));
  const [changes] = [
    {
      state: 'a/keys',
      version: 0,
      deleted: [1],
      changed: { ids: [2], values: [-0] },
      added: { ids: [3], keys: ['a'], values: [new Map([[1, 2]])] },
    },
  ];
  await did(settle(slow, 2000, { positions: [['lines', 5]], states: [changes] }));
  await slow.savepoint('kept');
  await did(plan(slow, batchAt(3000, { lines: cutOf('lines', 5, 6) })));
  lastWrite = whole.bytes(openSegment(whole))?.length ?? 0;
  await did(
    settle(slow, 3000, {
      states: [
        { ...changes, deleted: [2], changed: { ids: [3], values: [1] }, added: { ids: [], keys: [], values: [] } },
      ],
    }),
  );
  await promised(() => slow.close());
});

describe('a damaged checkpoint', () => {
  it('is made of a base, closed segments and an open one', () => {
    const names = [...whole.live.segments.keys()].map((name) => name.split('-')[0]).sort();
    expect(names).toEqual(['base', 'log', 'log']);
    expect(states).toHaveLength(6);
  });

  it('with any byte flipped is refused, or what was there before its last writes', async () => {
    for (const [name, bytes] of parts(whole)) {
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
        await refusedOrEarlier(whole, `${name}, byte ${at}`, name, flipped);
      }
    }
  });

  it('cut off anywhere is refused, or what was there before its last writes', async () => {
    for (const [name, bytes] of parts(whole)) {
      for (let length = 0; length < bytes.length; length++) {
        await refusedOrEarlier(whole, `${name}, ${length} bytes`, name, bytes.subarray(0, length));
      }
    }
  });

  it('with any byte of what was answered before the last write flipped is refused', async () => {
    const open = openSegment(whole);
    const bytes = whole.bytes(open) as Buffer;
    expect(lastWrite).toBeGreaterThan(100);
    for (let at = 0; at < lastWrite; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 255;
      const code = await refusal(damaged(whole, open, flipped));
      expect([at, code]).toEqual([at, 'CHECKPOINT_CORRUPT']);
    }
  });

  it('without any of its parts is refused', async () => {
    for (const [name] of parts(whole)) {
      const error = await failure(damaged(whole, name, undefined));
      expect(error).toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
      expect((error as Error).message).toContain(name);
      expect((error as Error).message).toContain("onUnreadable: 'setAside'");
    }
  });

  it('whose parts were swapped is refused', async () => {
    const names = [...whole.live.segments.keys()];
    for (const [n, name] of names.entries()) {
      const other = names[(n + 1) % names.length] as string;
      const place = whole.copy();
      place.setBytes(name, whole.bytes(other) as Buffer);
      place.setBytes(other, whole.bytes(name) as Buffer);
      expect(await refusal(place)).toBe('CHECKPOINT_CORRUPT');
    }
  });

  it('in which a write is there twice, or one is missing between others, is refused', async () => {
    const open = openSegment(whole);
    const bytes = whole.bytes(open) as Buffer;
    const second = bytes.indexOf('RXDF', 1);
    const third = bytes.indexOf('RXDF', second + 1);
    const twice = Buffer.concat([bytes.subarray(0, third), bytes.subarray(second)]);
    expect(await refusal(damaged(whole, open, twice))).toBe('CHECKPOINT_CORRUPT');
    const missing = Buffer.concat([bytes.subarray(0, second), bytes.subarray(third)]);
    expect(await refusal(damaged(whole, open, missing))).toBe('CHECKPOINT_CORRUPT');
    const last = Buffer.concat([bytes, bytes.subarray(second, third)]);
    expect(await refusal(damaged(whole, open, last))).toBe('CHECKPOINT_CORRUPT');
  });

  it('is left as it is, byte for byte', async () => {
    const base = [...whole.live.segments.keys()].find((name) => name.startsWith('base')) as string;
    const place = damaged(whole, base, (whole.bytes(base) as Buffer).subarray(1));
    const before = [...parts(place)];
    expect(await refusal(place)).toBe('CHECKPOINT_CORRUPT');
    expect([...parts(place)]).toEqual(before);
    expect(place.owner).toBeUndefined();
  });

  it('is set aside where that is asked for, and its savepoints stay', async () => {
    const place = damaged(whole, 'head', Buffer.from('broken'));
    const reports: CheckpointReport[] = [];
    const report = (told: CheckpointReport): unknown => reports.push(told);
    const store = loggedCheckpoint(memoryLog(place), { onUnreadable: 'setAside' });
    const code = 'CHECKPOINT_CORRUPT';
    await expect(store.savepoint('outside a run')).rejects.toMatchObject({ code });
    expect(place.aside).toEqual([]);
    expect(await loaded(store, report)).toEqual(NOTHING);
    await change(store, 1000, { 'a/keys': { added: [[0, 'new', 1]] } });
    await promised(() => store.close());
    expect((await inspected(place)).lastTime).toBe(1000);
    expect(await inspected(place, 'kept')).toEqual(states[3]);
    expect(place.aside[0]?.head?.toString()).toBe('broken');
    expect(place.aside[0]?.segments.size).toBe(3);
    expect(reports.map(({ code }) => code)).toEqual(['CHECKPOINT_SET_ASIDE']);
    expect(reports[0]?.message).toContain('aside-1');
    expect(reports[0]?.message).not.toContain('Nothing was changed');
  });

  it('has its savepoint refused too, which does not touch what else is there', async () => {
    for (const [name, bytes] of [...(whole.savepoints.get('kept')?.segments ?? [])]) {
      for (let at = 0; at < bytes.length; at++) {
        const place = whole.copy();
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ 255;
        place.savepoints.get('kept')?.segments.set(name, flipped);
        expect([at, await refusal(place, 'kept')]).toEqual([at, 'CHECKPOINT_CORRUPT']);
      }
    }
    expect(await inspected(whole, 'kept')).toEqual(states[3]);
  });
});

describe('a log whose last write was cut off', () => {
  it('is told so when it is loaded, and goes on with what was answered', async () => {
    const open = openSegment(whole);
    const bytes = whole.bytes(open) as Buffer;
    const place = damaged(whole, open, bytes.subarray(0, -1));
    const reports: CheckpointReport[] = [];
    const report = (told: CheckpointReport): unknown => reports.push(told);
    const store = loggedCheckpoint(memoryLog(place));
    expect(await loaded(store, report)).toEqual(states[4]);
    expect(reports).toMatchObject([{ code: 'CHECKPOINT_TORN', details: { segment: open } }]);
    await settle(store, 3000);
    await promised(() => store.close());
    const again = loggedCheckpoint(memoryLog(place));
    expect((await loaded(again, report)).unsettled).toEqual([]);
    expect(reports).toHaveLength(1);
  });

  it('may hold what looks like writes to another checkpoint', async () => {
    const place = whole.copy();
    const store = loggedCheckpoint(memoryLog(place));
    const before = await loaded(store);
    const frames = Buffer.concat([...parts(whole).values()]);
    const copy = { state: 'c/keys', version: 0, deleted: [], changed: { ids: [], values: [] } };
    await settle(store, 4000, { states: [{ ...copy, added: { ids: [1], keys: ['copy'], values: [frames] } }] });
    await promised(() => store.close());
    const open = openSegment(place);
    const cut = damaged(place, open, (place.bytes(open) as Buffer).subarray(0, -frames.length / 2));
    expect(await loaded(loggedCheckpoint(memoryLog(cut)))).toEqual(before);
  });

  it('may have zeros instead, or other bytes', async () => {
    const open = openSegment(whole);
    const bytes = whole.bytes(open) as Buffer;
    for (const fill of [0, 0xff, 'RXDF']) {
      const place = damaged(whole, open, Buffer.concat([bytes, Buffer.alloc(500, fill)]));
      expect(await loaded(loggedCheckpoint(memoryLog(place)))).toEqual(states[5]);
    }
  });
});

/** Damages one part; it must be refused, or be a state that was answered before. */
async function refusedOrEarlier(place: MemoryPlace, what: string, name: string, bytes: Buffer): Promise<void> {
  const broken = damaged(place, name, bytes);
  const before = [...parts(broken)].map(([, part]) => part.length);
  try {
    const found = await loaded(loggedCheckpoint(memoryLog(broken)));
    const isEarlier = name.startsWith('log') && states.slice(1).some((one) => isDeepStrictEqual(one, found));
    if (!isEarlier) expect({ what, found }).toEqual({ what, found: 'refused, or an earlier state' });
  } catch (error) {
    if (!isStreamError(error, 'CHECKPOINT_CORRUPT')) throw error;
    expect([...parts(broken)].map(([, part]) => part.length)).toEqual(before);
  }
}

function damaged(place: MemoryPlace, name: string, bytes: Uint8Array | undefined): MemoryPlace {
  const broken = place.copy();
  if (name === 'head') broken.live.head = bytes && Buffer.from(bytes);
  else if (bytes === undefined) broken.live.segments.delete(name);
  else broken.setBytes(name, bytes);
  return broken;
}

function parts({ live }: MemoryPlace): Map<string, Buffer> {
  const all = new Map([['head', live.head as Buffer]]);
  for (const [name, pieces] of live.segments) all.set(name, Buffer.concat(pieces.map(({ bytes }) => bytes)));
  return all;
}

interface PlainHead {
  readonly base?: { readonly segment: string };
  readonly log: readonly { readonly segment: string }[];
}

function headOf({ live }: MemoryPlace): PlainHead {
  return JSON.parse((live.head as Buffer).subarray(16).toString()) as PlainHead;
}

/** The segment that was written to last. */
function openSegment(place: MemoryPlace): string {
  return headOf(place).log.at(-1)?.segment as string;
}

async function failure(place: MemoryPlace, savepoint?: string): Promise<unknown> {
  const store = loggedCheckpoint(memoryLog(place));
  try {
    await (savepoint === undefined ? loaded(store) : store.inspect(kept, savepoint));
  } catch (error) {
    return error;
  }
  return 'nothing';
}

async function refusal(place: MemoryPlace, savepoint?: string): Promise<unknown> {
  return ((await failure(place, savepoint)) as { code?: unknown }).code;
}

async function inspected(place: MemoryPlace, savepoint?: string): Promise<Kept> {
  return loggedCheckpoint(memoryLog(place)).inspect(kept, savepoint);
}
