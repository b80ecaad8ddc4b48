import type { CheckpointStore } from '../../checkpoint/CheckpointStore.ts';
import { promised } from '../../core/Answer.ts';
import { isStreamError } from '../../core/errors.ts';
import type { CheckpointRule } from '../checkpointLaws.ts';
import { type Kept, type KeptEntry, kept as keptOf, loaded, NOTHING } from './kept.ts';
import { batchAt, change, cutOf, plan } from './writing.ts';

/** Laws of looking at a store without owning it, and of copies under a name. */
export type SavepointLaw =
  | 'inspectsWhatIsThere'
  | 'inspectsWithoutOwning'
  | 'inspectsOneMoment'
  | 'answersWhatUseAnswers'
  | 'savepointIsACopy'
  | 'savepointsByName'
  | 'unknownSavepoint';

const STATE = 'totals/keys';

export const SAVEPOINT_LAWS: Readonly<Record<SavepointLaw, CheckpointRule>> = {
  inspectsWhatIsThere: {
    rule: 'inspect gives what load would give, of an empty place too',
    async check({ make, again, expect }) {
      const store = await make();
      expect(await inspected(store)).toEqual(NOTHING);
      await loaded(store);
      await change(store, 1000, { [STATE]: { version: 2, added: [[1, 'a', 1]] } }, { positions: [['lines', 1]] });
      await plan(store, batchAt(2000, { lines: cutOf('lines', 1, 2) }));
      const before = await inspected(store);
      const { store: next, kept } = await again(store);
      expect(before).toEqual(kept);
      await promised(() => next.close());
      expect(await inspected(next)).toEqual(kept);
    },
  },
  inspectsWithoutOwning: {
    rule: 'inspect needs no ownership and takes none: the owner goes on, and a free place stays free',
    durable: true,
    async check({ make, reopen, again, expect }) {
      const owner = await make();
      const looker = await reopen(owner);
      expect(await inspected(looker)).toEqual(NOTHING);
      await loaded(owner);
      for (const time of [1000, 2000, 3000]) {
        await change(owner, time, { [STATE]: { added: [[time, 'a', time]] } });
        const { lastTime, states } = await inspected(looker);
        expect([lastTime, states[STATE]?.entries.at(-1)]).toEqual([time, [time, 'a', time]]);
      }
      await promised(() => looker.close());
      expect((await again(owner)).kept.lastTime).toEqual(3000);
    },
  },
  inspectsOneMoment: {
    rule: 'what inspect gives stays one consistent whole until its answer, whatever settles meanwhile',
    async check({ begin, again, expect }) {
      const added = Array.from({ length: 3000 }, (_, at): KeptEntry => [at + 1, at, 0]);
      const first = await begin();
      await change(first, 1000, { [STATE]: { added } });
      const { store } = await again(first);
      await change(store, 2000, { [STATE]: { changed: [[1, 1]] } });
      const seen = await promised(() =>
        inspectOf(store)(async (contents) => {
          for (let round = 1; round <= 10; round++) {
            await change(store, 2000 + round, { [STATE]: { changed: added.map(([id]) => [id, round]) } });
          }
          return keptOf(contents);
        }),
      );
      expect(seen.lastTime).toEqual(2000);
      expect(seen.states[STATE]?.entries).toEqual(added.map(([id, key]) => [id, key, id === 1 ? 1 : 0]));
      expect((await inspected(store)).states[STATE]?.entries.at(-1)).toEqual([3000, 2999, 10]);
    },
  },
  answersWhatUseAnswers: {
    rule: 'inspect answers what it was asked for, and fails with what that failed with',
    async check({ begin, expect }) {
      const store = await begin();
      await plan(store, batchAt(1000));
      expect(await promised(() => inspectOf(store)(({ lastTime }) => lastTime))).toEqual(1000);
      expect(await promised(() => inspectOf(store)(async () => 'later'))).toEqual('later');
      for (const use of [() => Promise.reject(new Error('mine')), throwing]) {
        const failure = await promised(() => inspectOf(store)(use)).catch((error: unknown) => error);
        expect((failure as Error).message).toEqual('mine');
      }
      await change(store, 2000, {});
      expect((await inspected(store)).lastTime).toEqual(2000);
    },
  },
  savepointIsACopy: {
    rule: 'a savepoint is what was there when it was made, during a run, and stays so',
    async check({ begin, again, expect }) {
      const first = await begin();
      const added = Array.from({ length: 2000 }, (_, at): KeptEntry => [at + 1, `key ${at}`, { at }]);
      await change(first, 1000, { [STATE]: { version: 1, added } }, { positions: [['lines', 1]] });
      const { store } = await again(first);
      await change(store, 2000, { [STATE]: { version: 1, changed: [[1, 'changed']], deleted: [2] } });
      await plan(store, batchAt(3000, { lines: cutOf('lines', 1, 2) }));
      const then = await inspected(store);
      await saved(store, 'before');
      expect(await inspected(store, 'before')).toEqual(then);
      for (let time = 4000; time < 4020; time++) {
        await change(store, time, { [STATE]: { version: 1, changed: added.slice(2).map(([id]) => [id, time]) } });
      }
      expect(await inspected(store, 'before')).toEqual(then);
      const { store: next } = await again(store);
      expect(await inspected(next, 'before')).toEqual(then);
      expect((await inspected(next)).lastTime).toEqual(4019);
    },
  },
  savepointsByName: {
    rule: 'savepoints are told apart by their names; one of the same name is replaced',
    async check({ begin, again, expect }) {
      const store = await begin();
      await saved(store, 'empty');
      for (const [at, name] of ['one', 'two', 'one', 'One-2.b_c'].entries()) {
        await change(store, (at + 1) * 1000, { [STATE]: { added: [[at + 1, at, name]] } });
        await saved(store, name);
      }
      const { store: next } = await again(store);
      const times: (number | undefined)[] = [];
      for (const name of ['empty', 'one', 'two', 'One-2.b_c']) times.push((await inspected(next, name)).lastTime);
      expect(times).toEqual([undefined, 3000, 2000, 4000]);
      expect((await inspected(next, 'one')).states[STATE]?.entries.length).toEqual(3);
    },
  },
  unknownSavepoint: {
    rule: 'a savepoint that was never made is an error that names it, and nothing is made of it',
    async check({ begin, expect }) {
      const store = await begin();
      await change(store, 1000, {});
      const failure = await inspected(store, 'never-made').catch((error: unknown) => error);
      expect(isStreamError(failure)).toEqual(true);
      expect((failure as Error).message.includes('never-made')).toEqual(true);
      const again = await inspected(store, 'never-made').catch((error: unknown) => error);
      expect(isStreamError(again)).toEqual(true);
    },
  },
};

type Inspect = NonNullable<CheckpointStore['inspect']>;

function inspectOf(store: CheckpointStore): Inspect {
  if (store.inspect === undefined) throw new Error('this law needs inspect; skip it with a reason');
  return store.inspect.bind(store) as Inspect;
}

function inspected(store: CheckpointStore, savepoint?: string): Promise<Kept> {
  return promised(() => inspectOf(store)(keptOf, ...(savepoint === undefined ? [] : [savepoint])));
}

async function saved(store: CheckpointStore, name: string): Promise<void> {
  if (store.savepoint === undefined) throw new Error('this law needs savepoint; skip it with a reason');
  const { savepoint } = store;
  await promised(() => savepoint.call(store, name));
}

function throwing(): never {
  throw new Error('mine');
}
