import type { CheckpointContents, PlannedBatch, Settlement } from '../../../src/checkpoint/CheckpointStore.ts';
import { promised } from '../../../src/core/Answer.ts';
import type { StateEntries } from '../../../src/core/state/StateChanges.ts';
import type { CheckpointLaw } from '../../../src/testing/checkpointLaws.ts';
import type { OwnedPlace } from '../../support/OwnedPlace.ts';
import {
  asJson,
  type Change,
  changing,
  inColumns,
  inspecting,
  loading,
  loadingStates,
  type MakeStore,
  otherwise,
  plain,
  planning,
  settling,
} from './otherStores.ts';

/** A store that breaks each law. */
export const brokenStores: Readonly<Record<CheckpointLaw, MakeStore>> = {
  beginsEmpty: loading((contents) => ({ ...contents, lastTime: contents.lastTime ?? 0 })),
  keepsPlans: planning(async () => {}),
  plansInOrder: loading((contents) => ({ ...contents, unsettled: [...contents.unsettled].reverse() })),
  exactCuts: planning((batch, go) => go(JSON.parse(JSON.stringify(batch, (_, value) => plain(value))))),
  settlesWhole: settling((settlement) => ({ ...settlement, positions: [] })),
  settlesEarlier: exactTimesOnly(),
  keepsPositions: settling((settlement, { kept }) => {
    const named = new Set(settlement.positions.map(([source]) => source));
    const others = [...(kept.load() as CheckpointContents).positions.keys()].filter((source) => !named.has(source));
    return {
      ...settlement,
      positions: [...settlement.positions, ...others.map((source) => [source, null] as const)],
    };
  }),
  keepsTheLastTime: loading((contents) => ({ ...contents, lastTime: contents.unsettled.at(-1)?.time })),
  forgetsWhoLeft: settling(({ left: _, ...settlement }) => settlement),
  settlesNothing: planning(async (batch, go) => (batch.cuts.length > 0 ? go(batch) : undefined)),
  manyPlans: loading((contents) => ({ ...contents, unsettled: contents.unsettled.slice(-100) })),
  keepsStates: settling((settlement, { kept }) => {
    const named = new Set(settlement.states.map(({ state }) => state));
    const others = [...(kept.load() as CheckpointContents).states.keys()].filter((state) => !named.has(state));
    return { ...settlement, dropped: [...(settlement.dropped ?? []), ...others] };
  }),
  emptyStates: loading((contents) => ({
    ...contents,
    states: new Map([...contents.states].filter(([, { entries }]) => [...entries].some(({ ids }) => ids.length > 0))),
  })),
  statesApart: changing((changes) => ({ ...changes, state: changes.state.toLowerCase() })),
  manyStates: settling((settlement) => ({ ...settlement, states: settlement.states.slice(0, 128) })),
  keepsVersions: changing((changes) => ({ ...changes, version: 0 })),
  replacesWhole: changing(({ replaces: _, ...changes }) => changes),
  dropsOnPurpose: settling(({ dropped: _, ...settlement }) => settlement),
  wholeOrNotAtAll: planning(async (batch, go, store) => {
    await go(batch);
    await store.settle({ time: batch.time, positions: [], states: [] });
  }),
  readsTwice: loadingStates((state) => ({ ...state, entries: once(state.entries) })),
  readsLate: loadingStates((state, _, place) => {
    const { lastTime = 0 } = place.contents();
    const entries = { [Symbol.iterator]: () => iteratorOf(isLater(place, lastTime) ? [] : state.entries) };
    return { ...state, entries };
  }),
  keepsEntries: loadingStates((state) => ({ ...state, entries: [...state.entries].map(byKey) })),
  newestValueWins: changing((changes) => ({ ...changes, changed: { ids: [], values: [] } })),
  deletesFirst: changing((changes) => ({ ...changes, deleted: changes.added.ids.length > 0 ? [] : changes.deleted })),
  comesBackAtTheEnd: settling(idsOfKeys()),
  sparseIds: changing((changes) => ({
    ...changes,
    added: { ...changes.added, ids: changes.added.ids.map((id) => id | 0) },
  })),
  anyHistory: changing((changes) => ({ ...changes, deleted: changes.deleted.slice(0, 3) })),
  bigSettlements: changing((changes) => ({ ...changes, deleted: changes.deleted.slice(0, 8192) })),
  emptiesAndFills: changing((changes) => ({ ...changes, deleted: changes.deleted.slice(0, 49) })),
  exactValues: changing((changes) => inColumns(changes, 'values', asJson)),
  exactKeys: changing((changes) => inColumns(changes, 'keys', asJson)),
  keysApart: changing((changes) => inColumns(changes, 'keys', String)),
  sharedInside: changing((changes) => inColumns(changes, 'values', asJson)),
  loadedIsACopy: cachedContents(),
  refusesWhatCannotBeStored: changing((changes) => inColumns(changes, 'values', asJson)),
  nothingAfterAFailure: otherwise((_, place) => ({
    settle: async (settlement) => {
      place.contents();
      await place.kept.settle(settlement);
    },
  })),
  oneOwner: ownedByAnybody(),
  oneOfTwoAtOnce: ownedByAnybody(),
  refusedDoesNoHarm: closingForAll(),
  closeGivesBack: otherwise(() => ({ close: async () => {} })),
  loadsAgain: closedForGood(),
  closesTwice: otherwise((store) => {
    const close = store.close.bind(store);
    let isClosed = false;
    return {
      close: async () => {
        if (isClosed) throw new Error('closed');
        isClosed = true;
        await close();
      },
    };
  }),
  reportsIfAsked: otherwise((store) => {
    const load = store.load.bind(store);
    return {
      load: async (report) => {
        const contents = await load();
        if (contents.unsettled.length > 0)
          (report as NonNullable<typeof report>)({ code: 'CHECKPOINT_TORN', message: 'torn' });
        return contents;
      },
    };
  }),
  survivesItsOwner: writtenAtTheEnd(),
  unansweredIsWholeOrNothing: otherwise((store) => {
    const settle = store.settle.bind(store);
    return {
      settle: async (settlement) => {
        await settle({ ...settlement, time: Number.NEGATIVE_INFINITY, positions: [] });
        await new Promise(setImmediate);
        await settle({ ...settlement, states: [] });
      },
    };
  }),
  overtakenWritesNothing: otherwise((_, { kept }) => ({
    plan: (batch) => kept.plan(batch),
    settle: (settlement) => kept.settle(settlement),
  })),
  overtakenCannotGiveBack: closingForAll(),
  overtakenMayComeBack: closedForGood(),
  inspectsWhatIsThere: inspecting((contents) => ({ ...contents, unsettled: [] })),
  inspectsWithoutOwning: otherwise((store) => ({
    inspect: async (use) => {
      const contents = await store.load();
      return promised(() => use(contents));
    },
  })),
  inspectsOneMoment: inspecting((contents, place) => ({
    ...contents,
    states: new Map([...contents.states].map(([name, state]) => [name, { ...state, entries: live(place, name) }])),
  })),
  answersWhatUseAnswers: otherwise((_, place) => ({
    inspect: (use) => promised(() => use(place.contents())).catch(() => undefined as never),
  })),
  savepointIsACopy: otherwise((_, place) => ({ inspect: (use) => use(place.contents()) })),
  savepointsByName: otherwise((store, { savepoints }) => {
    const savepoint = store.savepoint.bind(store);
    return { savepoint: async (name) => (savepoints.has(name) ? undefined : savepoint(name)) };
  }),
  unknownSavepoint: otherwise((store, { savepoints }) => {
    const inspect = store.inspect.bind(store);
    return { inspect: (use, name) => inspect(use, savepoints.has(name ?? '') ? name : undefined) };
  }),
};

function exactTimesOnly(): MakeStore {
  const planned = new WeakMap<OwnedPlace, Map<number, PlannedBatch>>();
  const plansOf = (place: OwnedPlace): Map<number, PlannedBatch> => {
    const plans = planned.get(place) ?? new Map();
    planned.set(place, plans);
    return plans;
  };
  return otherwise((store, place) => {
    const [load, plan, settle] = [store.load.bind(store), store.plan.bind(store), store.settle.bind(store)];
    return {
      load: async () => ({ ...(await load()), unsettled: [...plansOf(place).values()] }),
      plan: (batch) => {
        plansOf(place).set(batch.time, batch);
        return plan(batch);
      },
      settle: (settlement) => {
        plansOf(place).delete(settlement.time);
        return settle(settlement);
      },
    };
  });
}

/** Gives a key the id it had before, as a store would that knows entries by their keys. */
function idsOfKeys(): Change<Settlement> {
  const known = new WeakMap<OwnedPlace, Map<string, number>>();
  return (settlement, place) => {
    const ids = known.get(place) ?? new Map<string, number>();
    known.set(place, ids);
    const states = settlement.states.map((changes) => {
      const own = changes.added.ids.map((id, at) => {
        const key = `${changes.state} ${JSON.stringify(changes.added.keys[at])}`;
        if (!ids.has(key)) ids.set(key, id);
        return ids.get(key) as number;
      });
      return { ...changes, added: { ...changes.added, ids: own } };
    });
    return { ...settlement, states };
  };
}

function cachedContents(): MakeStore {
  const cache = new WeakMap<OwnedPlace, CheckpointContents>();
  return otherwise((store, place) => {
    const load = store.load.bind(store);
    return {
      load: async () => {
        const contents = await load();
        const cached = cache.get(place);
        if (cached !== undefined && cached.unsettled.length > 0) return cached;
        cache.set(place, contents);
        return contents;
      },
    };
  });
}

function ownedByAnybody(): MakeStore {
  return otherwise((store, place) => {
    const load = store.load.bind(store);
    return {
      load: () => {
        place.abandon();
        return load();
      },
    };
  });
}

function closingForAll(): MakeStore {
  return otherwise((_, place) => ({
    close: async () => {
      place.owner = undefined;
    },
  }));
}

function closedForGood(): MakeStore {
  return otherwise((store) => {
    const [load, close] = [store.load.bind(store), store.close.bind(store)];
    let isClosed = false;
    return {
      load: async () => {
        if (isClosed) throw new Error('closed');
        return load();
      },
      close: async () => {
        isClosed = true;
        await close();
      },
    };
  });
}

function writtenAtTheEnd(): MakeStore {
  return otherwise((store) => {
    const [settle, close] = [store.settle.bind(store), store.close.bind(store)];
    const waiting: Settlement[] = [];
    return {
      settle: async (settlement) => void waiting.push(settlement),
      close: async () => {
        for (const settlement of waiting.splice(0)) await settle(settlement);
        await close();
      },
    };
  });
}

function isLater(place: OwnedPlace, time: number): boolean {
  return (place.contents().lastTime ?? 0) > time + 10;
}

function once(entries: Iterable<StateEntries>): Iterable<StateEntries> {
  const iterator = iteratorOf(entries);
  return { [Symbol.iterator]: () => iterator };
}

function live(place: OwnedPlace, name: string): Iterable<StateEntries> {
  return { [Symbol.iterator]: () => iteratorOf(place.contents().states.get(name)?.entries ?? []) };
}

function iteratorOf(entries: Iterable<StateEntries>): Iterator<StateEntries> {
  return entries[Symbol.iterator]();
}

function byKey({ ids, keys, values }: StateEntries): StateEntries {
  const order = ids.map((_, at) => at).sort((a, b) => (`${keys[a]}` < `${keys[b]}` ? -1 : 1));
  return { ids, keys: order.map((at) => keys[at]), values: order.map((at) => values[at]) };
}
