import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { type CheckpointStoreUnderTest, checkpointContract } from '../../../src/testing/checkpointContract.ts';
import { CHECKPOINT_LAWS, type CheckpointLaw } from '../../../src/testing/checkpointLaws.ts';
import { OwnedPlace } from '../../support/OwnedPlace.ts';
import { brokenStores } from './brokenStores.ts';
import type { MakeStore } from './otherStores.ts';

const places = new WeakMap<CheckpointStore, OwnedPlace>();

function subject(make: MakeStore): CheckpointStoreUnderTest {
  const opened = (place: OwnedPlace): CheckpointStore => {
    const store = make(place);
    places.set(store, place);
    return store;
  };
  return {
    name: 'a store in memory with owners and savepoints',
    make: () => opened(new OwnedPlace()),
    reopen: (store) => opened(places.get(store) as OwnedPlace),
    abandon: (store) => (places.get(store) as OwnedPlace).abandon(),
  };
}

checkpointContract(
  { describe, it, expect },
  subject((place) => place.open()),
);

/** Tries one law alone; answers what it failed with. */
async function failureOf(law: CheckpointLaw, under: CheckpointStoreUnderTest): Promise<unknown> {
  let test = async (): Promise<void> => {};
  const framework = {
    describe: (_: string, body: () => void) => body(),
    it: Object.assign(
      (name: string, body: () => Promise<void>) => {
        if (name.startsWith(`${law}:`)) test = body;
      },
      { skip: () => {} },
    ),
    expect,
  };
  checkpointContract(framework, under);
  return test().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a store that breaks it is found out by', () => {
  it.each(Object.entries(brokenStores) as [CheckpointLaw, MakeStore][])('%s', async (law, make) => {
    expect(await failureOf(law, subject(make))).toBeInstanceOf(Error);
  });
});

describe('the suite', () => {
  const names = (under: Partial<CheckpointStoreUnderTest>): { readonly run: string[]; readonly skipped: string[] } => {
    const run: string[] = [];
    const skipped: string[] = [];
    const it = Object.assign((name: string) => run.push(name), { skip: (name: string) => skipped.push(name) });
    checkpointContract(
      { describe: (_, body) => body(), it, expect },
      { ...subject((place) => place.open()), ...under },
    );
    return { run, skipped };
  };

  it('has a test for each law', () => {
    expect(names({}).run.length).toBe(Object.keys(CHECKPOINT_LAWS).length);
  });

  it('skips laws with the reason given, and for a store that does not survive its process those that need it', () => {
    const { skipped } = names({ durable: false, skip: { manyStates: 'it is small' } });
    expect(skipped).toContain('manyStates: two hundred states settle together [SKIPPED: it is small]');
    expect(skipped.filter((name) => name.endsWith('[SKIPPED: it does not survive its process]')).length).toBe(
      Object.values(CHECKPOINT_LAWS).filter(({ durable }) => durable).length,
    );
  });

  it('says which hook or method a law misses', async () => {
    const { reopen: _, ...without } = subject((place) => place.open());
    expect(await failureOf('oneOwner', without)).toMatchObject({
      message: expect.stringMatching(/needs reopen; skip it/),
    });
    const noSavepoints = subject((place) => Object.assign(place.open(), { savepoint: undefined }));
    expect(await failureOf('savepointIsACopy', noSavepoints)).toMatchObject({
      message: expect.stringMatching(/needs savepoint; skip it/),
    });
  });
});
