import { describe, expect, it } from 'vitest';
import { memoryOffsets } from '../../../src/offsets/memory/memoryOffsets.ts';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { type OffsetStoreUnderTest, offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { OFFSET_STORE_LAWS, type OffsetStoreLaw } from '../../../src/testing/offsetStoreLaws.ts';
import { brokenKeeping, brokenMeeting, brokenOwning } from './brokenStores.ts';
import { brokenRepeats, brokenTransactions } from './brokenTransactions.ts';
import { type Otherwise, subject } from './otherStores.ts';

const brokenStores: Readonly<Record<OffsetStoreLaw, Otherwise>> = {
  ...brokenKeeping,
  ...brokenMeeting,
  ...brokenOwning,
  ...brokenTransactions,
  ...brokenRepeats,
};

offsetStoreContract({ describe, it, expect }, subject());

/** Tries one test of the suite alone; answers what it failed with. */
async function failureOf(name: string, under: OffsetStoreUnderTest): Promise<unknown> {
  let test = (): Promise<void> => Promise.reject(new Error(`no test ${name}`));
  const framework = {
    describe: (_: string, body: () => void) => body(),
    it: Object.assign(
      (title: string, body: () => Promise<void>) => {
        if (title.startsWith(name)) test = body;
      },
      { skip: () => {} },
    ),
    expect,
  };
  offsetStoreContract(framework, under);
  return test().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a store that breaks it is found out by', () => {
  it.each(Object.entries(brokenStores))('%s', async (law, otherwise) => {
    expect(await failureOf(`${law}:`, subject())).toBeUndefined();
    expect(await failureOf(`${law}:`, subject(otherwise))).toBeInstanceOf(Error);
  });

  it('overtakenIsRefused, where it refuses once and takes the next', async () => {
    expect(await failureOf('overtakenIsRefused:', subject(refusesOnce))).toBeInstanceOf(Error);
  });
});

/** Refuses the first commit of an overtaken store, and takes the next. */
const refusesOnce: Otherwise = (store) => {
  let current = store;
  return {
    commit: (offsets: Parameters<typeof store.commit>[0]) => {
      try {
        return current.commit(offsets);
      } catch (error) {
        current = store.reopen();
        throw error;
      }
    },
  };
};

describe('the suite', () => {
  const names = (under: Partial<OffsetStoreUnderTest>): { readonly run: string[]; readonly skipped: string[] } => {
    const run: string[] = [];
    const skipped: string[] = [];
    const it = Object.assign((name: string) => run.push(name), { skip: (name: string) => skipped.push(name) });
    offsetStoreContract({ describe: (_, body) => body(), it, expect }, { ...subject(), ...under });
    return { run, skipped };
  };
  const needing = (method: 'own' | 'begin'): number =>
    Object.values(OFFSET_STORE_LAWS).filter(({ needs }) => needs === method).length;

  it('has a test for each law, and one that the store has told of what it can', () => {
    expect(names({}).run.length).toBe(Object.keys(OFFSET_STORE_LAWS).length + 1);
  });

  it('skips laws with the reason given, and those of what a store does not have', () => {
    const { skipped } = names({ owns: false, results: undefined as never, skip: { oddTopics: 'they are file names' } });
    expect(skipped).toContain('oddTopics: topics may hold any character and be long [SKIPPED: they are file names]');
    const spared = (reason: string): number => skipped.filter((name) => name.endsWith(`[SKIPPED: ${reason}]`)).length;
    expect(spared('it does not tell writers apart')).toBe(needing('own'));
    expect(spared('it has no transactions')).toBe(needing('begin'));
  });

  it('finds out a store with laws that it was not told of, and one without what it was told of', async () => {
    const told = 'the suite is told';
    const plain = (): OffsetStore => {
      const { own: _, begin: __, ...store } = memoryOffsets();
      return store;
    };
    expect(await failureOf(told, subject())).toBeUndefined();
    expect(await failureOf(told, { name: 'plain', make: plain })).toBeUndefined();
    expect(await failureOf(told, { name: 'untold', make: () => memoryOffsets() })).toBeInstanceOf(Error);
    expect(await failureOf(told, { ...subject(), make: plain })).toBeInstanceOf(Error);
  });

  it('says which hook or method a law misses', async () => {
    const { reopen: _, ...without } = subject();
    expect(await failureOf('seesOthers', without)).toMatchObject({
      message: expect.stringMatching(/needs reopen; skip it/),
    });
    const { own: __, begin: ___, ...plain } = memoryOffsets();
    for (const [law, missing] of [
      ['ownsAgain', 'needs own; leave owns out'],
      ['oneAtATime', 'needs begin; leave results out'],
    ] as const) {
      const failure = await failureOf(law, { ...subject(), make: () => plain });
      expect(failure).toMatchObject({ message: expect.stringContaining(missing) });
    }
  });
});
