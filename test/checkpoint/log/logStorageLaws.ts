import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { type Answer, answered } from '../../../src/core/Answer.ts';

/** A place of a storage and what a test does to it. */
export interface StoragePlace {
  /** A storage of this place; two of them are two contexts. */
  storage(options?: { readonly takeOver?: boolean }): LogStorage;
}

/** The laws that every storage of a logged checkpoint has to keep. `place` makes a fresh one; what it needs afterwards is its own affair. */
export function logStorageLaws(name: string, place: () => StoragePlace | Promise<StoragePlace>): void {
  describe(`${name}: a place where nothing ever was`, () => {
    it('has no head, no segments and nothing to open', async () => {
      const storage = (await place()).storage();
      expect(await told(() => storage.head())).toBeUndefined();
      expect(await told(() => storage.segments())).toEqual([]);
      expect(await told(() => storage.open('log-1'))).toBeUndefined();
      await told(() => storage.own());
      expect(await told(() => storage.head())).toBeUndefined();
      expect(await told(() => storage.segments())).toEqual([]);
      await told(() => storage.release());
      expect(await told(() => storage.head())).toBeUndefined();
    });

    it('has no savepoints', async () => {
      const storage = (await place()).storage();
      expect(await told(() => storage.head('before'))).toBeUndefined();
      expect(await told(() => storage.segments('before'))).toEqual([]);
      expect(await told(() => storage.open('log-1', 'before'))).toBeUndefined();
    });

    it('is not written to by who does not own it', async () => {
      const storage = (await place()).storage();
      for (const deed of deeds(storage)) await expect(told(deed)).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' });
      expect(await told(() => storage.segments())).toEqual([]);
    });
  });

  describe(`${name}: segments and head`, () => {
    it('what was appended is there, in order, for the owner, for others and after it is opened anew', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('one '), false));
      await told(() => owner.append('base_1', bytes('base'), false));
      await told(() => owner.append('log-1', bytes('two '), true));
      await told(() => owner.append('log-1', bytes('three'), true));
      expect(await textOf(owner, 'log-1')).toBe('one two three');
      expect(await textOf(storage(), 'log-1')).toBe('one two three');
      await told(() => owner.release());
      const next = storage();
      await told(() => next.own());
      expect(await textOf(next, 'log-1')).toBe('one two three');
      expect(await textOf(next, 'base_1')).toBe('base');
      expect([...(await told(() => next.segments()))].sort()).toEqual(['base_1', 'log-1']);
      await told(() => next.release());
    });

    it('bytes stay what they are, also many, and every range of them can be read', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      const all = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) & 255);
      for (let from = 0; from < all.length; from += 100_000) {
        await told(() => owner.append('log-1', all.subarray(from, from + 100_000), from === 200_000));
      }
      const opened = await told(() => owner.open('log-1'));
      expect(opened?.size).toBe(all.length);
      expect(same(opened?.read(0, all.length), all)).toBe(true);
      expect(same(opened?.read(99_990, 100_010), all.subarray(99_990, 100_010))).toBe(true);
      expect(same(opened?.read(299_000, 400_000), all.subarray(299_000))).toBe(true);
      expect(opened?.read(5, 5).length).toBe(0);
      opened?.close();
      await told(() => owner.release());
    });

    it('an open segment keeps its size, whatever is appended or removed meanwhile', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('one'), true));
      const opened = await told(() => storage().open('log-1'));
      await told(() => owner.append('log-1', bytes('two'), true));
      expect([opened?.size, text(opened?.read(0, 10))]).toEqual([3, 'one']);
      opened?.close();
      await told(() => owner.release());
    });

    it('the head is replaced whole, and kept apart from the segments', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('x'), false));
      await told(() => owner.publish(bytes('a long first head')));
      await told(() => owner.publish(bytes('second')));
      expect(text(await told(() => owner.head()))).toBe('second');
      expect(text(await told(() => storage().head()))).toBe('second');
      expect(await told(() => owner.segments())).toEqual(['log-1']);
      await told(() => owner.release());
      expect(text(await told(() => storage().head()))).toBe('second');
    });

    it('segments that are removed are gone; one that is not there is no error', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('1'), true));
      await told(() => owner.append('log-2', bytes('2'), true));
      await told(() => owner.remove(['log-1', 'never-there', 'log-1']));
      await told(() => owner.remove(['log-1']));
      await told(() => owner.remove([]));
      expect(await told(() => owner.segments())).toEqual(['log-2']);
      expect(await told(() => owner.open('log-1'))).toBeUndefined();
      await told(() => owner.release());
    });

    it('an owner removes what the owner before it left', async () => {
      const { storage } = await place();
      const [first, second] = [storage(), storage()];
      await told(() => first.own());
      await told(() => first.append('left', bytes('1'), true));
      await told(() => first.release());
      await told(() => second.own());
      await told(() => second.remove(['left']));
      expect(await told(() => second.segments())).toEqual([]);
      await told(() => second.append('left', bytes('new'), true));
      expect(await textOf(second, 'left')).toBe('new');
      await told(() => second.release());
    });
  });

  describe(`${name}: one owner`, () => {
    it('refuses a second one, changes nothing, and says so', async () => {
      const { storage } = await place();
      const [owner, second] = [storage(), storage()];
      await told(() => owner.own());
      await told(() => owner.publish(bytes('head')));
      await expect(told(() => second.own())).rejects.toMatchObject({ code: 'CHECKPOINT_OWNED' });
      for (const deed of deeds(second)) await expect(told(deed)).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' });
      await told(() => owner.append('log-1', bytes('x'), true));
      expect(text(await told(() => owner.head()))).toBe('head');
      await told(() => owner.release());
    });

    it('is followed by the next when it has given the place back, again and again', async () => {
      const { storage } = await place();
      const [a, b] = [storage(), storage()];
      for (let round = 0; round < 6; round++) {
        const owner = round % 2 === 0 ? a : b;
        await told(() => owner.own());
        await told(() => owner.append(`log-${round}`, bytes(String(round)), true));
        await told(() => owner.publish(bytes(`head ${round}`)));
        await told(() => owner.release());
        await told(() => owner.release());
      }
      expect(text(await told(() => a.head()))).toBe('head 5');
      expect((await told(() => a.segments())).length).toBe(6);
    });

    it('of many that come at the same time one wins', async () => {
      const { storage } = await place();
      const all = Array.from({ length: 8 }, () => storage());
      const outcomes = await Promise.allSettled(all.map((one) => told(() => one.own())));
      expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
      const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
      expect(new Set(codes)).toEqual(new Set(['CHECKPOINT_OWNED']));
      for (const one of all) await told(() => one.release());
    });

    it('is overtaken where that is wanted: it can do nothing any more, and nothing of it is seen', async () => {
      const { storage } = await place();
      const [zombie, next] = [storage(), storage({ takeOver: true })];
      await told(() => zombie.own());
      await told(() => zombie.append('log-1', bytes('answered '), true));
      await told(() => zombie.publish(bytes('head')));
      await told(() => next.own());
      await makeNew(next);
      for (const deed of deeds(zombie)) await expect(told(deed)).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' });
      await expectUntouched(next);
      await told(() => zombie.release());
      await expectUntouched(next);
      await told(() => next.append('log-2', bytes(' newer'), true));
      await told(() => next.release());
      const third = storage();
      await told(() => third.own());
      expect(text(await told(() => third.head()))).toBe('new head');
      expect(await textOf(third, 'log-2')).toBe('new newer');
      await told(() => third.release());
    });

    it('is overtaken before anything was published: what it publishes then is never found', async () => {
      const { storage } = await place();
      const [zombie, next, third] = [storage(), storage({ takeOver: true }), storage({ takeOver: true })];
      await told(() => zombie.own());
      await told(() => next.own());
      await expect(told(() => zombie.publish(bytes('late')))).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' });
      expect(await told(() => next.head())).toBeUndefined();
      await told(() => third.own());
      expect(await told(() => third.head())).toBeUndefined();
      for (const one of [zombie, next, third]) await told(() => one.release());
    });

    it('and who took over may be overtaken itself, by who was there before', async () => {
      const { storage } = await place();
      const [a, b] = [storage({ takeOver: true }), storage({ takeOver: true })];
      await told(() => a.own());
      await told(() => a.publish(bytes('a')));
      await told(() => b.own());
      await told(() => b.publish(bytes('b')));
      await told(() => a.release());
      await told(() => a.own());
      await told(() => a.publish(bytes('a again')));
      await expect(told(() => b.publish(bytes('late')))).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' });
      expect(text(await told(() => b.head()))).toBe('a again');
      await told(() => b.release());
      expect(text(await told(() => a.head()))).toBe('a again');
      await told(() => a.release());
    });
  });

  describe(`${name}: savepoints and what is set aside`, () => {
    it('a savepoint stays as it is while everything goes on', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('one'), false));
      await told(() => owner.append('base-1', bytes('base'), false));
      await told(() => owner.copy('before.upgrade-1_x', bytes('its head'), ['log-1', 'base-1']));
      await told(() => owner.append('log-2', bytes('two'), true));
      await told(() => owner.publish(bytes('head')));
      await told(() => owner.remove(['log-1', 'base-1']));
      await told(() => owner.release());
      const later = storage();
      expect(text(await told(() => later.head('before.upgrade-1_x')))).toBe('its head');
      expect([...(await told(() => later.segments('before.upgrade-1_x')))].sort()).toEqual(['base-1', 'log-1']);
      expect(await textOf(later, 'log-1', 'before.upgrade-1_x')).toBe('one');
      expect(await textOf(later, 'base-1', 'before.upgrade-1_x')).toBe('base');
      expect(await told(() => later.open('log-2', 'before.upgrade-1_x'))).toBeUndefined();
      expect(await told(() => later.segments())).toEqual(['log-2']);
    });

    it('a savepoint of the same name replaces it wholly; another name is another one', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('one'), true));
      await told(() => owner.append('log-2', bytes('two'), true));
      await told(() => owner.copy('a', bytes('first'), ['log-1']));
      await told(() => owner.copy('b', bytes('b'), []));
      await told(() => owner.copy('a', bytes('second'), ['log-2']));
      expect(text(await told(() => owner.head('a')))).toBe('second');
      expect(await told(() => owner.segments('a'))).toEqual(['log-2']);
      expect(text(await told(() => owner.head('b')))).toBe('b');
      expect(await told(() => owner.segments('b'))).toEqual([]);
      await told(() => owner.release());
    });

    it.each(['', '.', '..', '.hidden', 'a/b', '../x', 'a b', 'ä', `${'x'.repeat(101)}`, 'a\\b', 'a:b'])(
      'refuses %j as a name',
      async (wrong) => {
        const storage = (await place()).storage();
        await told(() => storage.own());
        await expect(told(() => storage.copy(wrong, bytes('h'), []))).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
        await expect(told(() => storage.head(wrong))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        await told(() => storage.release());
      },
    );

    it('a savepoint of a segment that is missing is not made', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await expect(told(() => owner.copy('a', bytes('h'), ['gone']))).rejects.toMatchObject({ name: 'StreamError' });
      expect(await told(() => owner.head('a'))).toBeUndefined();
      await told(() => owner.release());
    });

    it('what is set aside is gone from the place, which begins anew; savepoints stay', async () => {
      const { storage } = await place();
      const owner = storage();
      await told(() => owner.own());
      await told(() => owner.append('log-1', bytes('one'), true));
      await told(() => owner.publish(bytes('head')));
      await told(() => owner.copy('a', bytes('kept'), ['log-1']));
      const first = await told(() => owner.setAside());
      expect(await told(() => owner.head())).toBeUndefined();
      expect(await told(() => owner.segments())).toEqual([]);
      expect(text(await told(() => owner.head('a')))).toBe('kept');
      await told(() => owner.append('log-1', bytes('anew'), true));
      await told(() => owner.publish(bytes('second head')));
      await told(() => owner.release());
      const next = storage();
      await told(() => next.own());
      expect(text(await told(() => next.head()))).toBe('second head');
      expect(await textOf(next, 'log-1')).toBe('anew');
      const second = await told(() => next.setAside());
      expect(second).not.toBe(first);
      await told(() => next.release());
      expect(await told(() => storage().head())).toBeUndefined();
    });
  });
}

/** What the owner after an overtaken one has made; `log-1` is of that one. */
export async function makeNew(storage: LogStorage): Promise<void> {
  await told(() => storage.remove(['log-2']));
  await told(() => storage.append('log-2', bytes('new'), true));
  await told(() => storage.publish(bytes('new head')));
  await told(() => storage.copy('before', bytes('new savepoint'), ['log-2']));
}

/** Nothing of {@link makeNew} was touched by the overtaken one. */
export async function expectUntouched(storage: LogStorage): Promise<void> {
  expect(text(await told(() => storage.head()))).toBe('new head');
  expect(await textOf(storage, 'log-2')).toBe('new');
  expect((await textOf(storage, 'log-1')).startsWith('answered ')).toBe(true);
  expect(text(await told(() => storage.head('before')))).toBe('new savepoint');
  expect(await textOf(storage, 'log-2', 'before')).toBe('new');
}

/** What only an owner may do, each in a way that would do harm in {@link expectUntouched}. */
export const DEEDS = ['append', 'begin', 'publish', 'remove', 'copy', 'setAside'] as const;

function deeds(storage: LogStorage): readonly (() => Answer<unknown>)[] {
  return DEEDS.map((deed) => deedOf(storage, deed));
}

export function deedOf(storage: LogStorage, deed: (typeof DEEDS)[number]): () => Answer<unknown> {
  switch (deed) {
    case 'append':
      return () => storage.append('log-1', bytes('late'), true);
    case 'begin':
      return () => storage.append('log-2', bytes('late'), true);
    case 'publish':
      return () => storage.publish(bytes('late'));
    case 'remove':
      return () => storage.remove(['log-2']);
    case 'copy':
      return () => storage.copy('before', bytes('late'), []);
    case 'setAside':
      return () => storage.setAside();
  }
}

/** What a storage answers, as a promise. */
export function told<T>(ask: () => Answer<T>): Promise<T> {
  return lastValueFrom(answered(ask));
}

/** What a segment holds. */
export async function textOf(storage: LogStorage, segment: string, savepoint?: string): Promise<string> {
  const opened = await told(() => storage.open(segment, savepoint));
  try {
    return opened === undefined ? '(missing)' : text(opened.read(0, opened.size));
  } finally {
    opened?.close();
  }
}

export function bytes(of: string): Uint8Array {
  return new TextEncoder().encode(of);
}

export function text(of: Uint8Array | undefined): string {
  return of === undefined ? '(nothing)' : new TextDecoder().decode(of);
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
