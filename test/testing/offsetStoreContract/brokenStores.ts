import type { CommittedOffset } from '../../../src/core/OffsetRange.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import type { KeepingLaw } from '../../../src/testing/offsets/keepingLaws.ts';
import type { MeetingLaw } from '../../../src/testing/offsets/meetingLaws.ts';
import type { OwnerLaw } from '../../../src/testing/offsets/ownerLaws.ts';
import { committing, type Otherwise, taken } from './otherStores.ts';

/** Stores that break each law of keeping offsets. */
export const brokenKeeping: Readonly<Record<KeepingLaw, Otherwise>> = {
  loadsEmpty: loading((offsets) => (offsets.length === 0 ? [{ topic: 'lines', partition: 0, until: 0 }] : offsets)),
  loadsWhatWasCommitted: loading((offsets) => offsets.filter(({ until }) => until > 0)),
  survivesTheStore: (store, shared) => ({
    close: () => {
      shared.closed = true;
    },
    load: () => (shared.closed === true ? [] : store.load({})),
  }),
  newestWins: committing((offsets, store) => {
    const held = new Map(store.load({}).map((at) => [`${at.topic}:${at.partition}`, String(at.until)]));
    return store.commit(offsets.filter((at) => String(at.until) > (held.get(`${at.topic}:${at.partition}`) ?? '')));
  }),
  neverGoesDown: (store, shared) => ({
    commit: (offsets: readonly OffsetCommit[]) => {
      shared.last = offsets;
      return store.commit(offsets);
    },
    load: () => shared.last ?? [],
  }),
  repeatsChangeNothing: committing((offsets, store) => {
    const held = store.load({});
    store.commit(offsets);
    const expected = new Map(offsets.map((at) => [at.partition, at.expected]));
    return { foreign: held.filter((at) => expected.get(at.partition) !== at.until) };
  }),
  nothingIsACommit: committing((offsets, store) =>
    store.commit(offsets.length > 0 ? offsets : [{ topic: 'none', partition: 0, until: 0, expected: undefined }]),
  ),
  refusesWhole: committing((offsets, store) => {
    for (const offset of offsets) store.commit([offset]);
    return { foreign: [] };
  }),
  manyPartitions: loading((offsets) => offsets.map((at) => ({ ...at, topic: at.topic.replaceAll('.', '_') }))),
  oddTopics: loading((offsets) => offsets.map((at) => ({ ...at, topic: at.topic.slice(0, 255) }))),
  bigOffsets: loading((offsets) => offsets.map((at) => ({ ...at, until: Number(at.until.toPrecision(15)) }))),
  loadsTheTopicsAsked: (store) => ({
    load: ({ topics }: { readonly topics?: readonly string[] }) =>
      store.load({}).filter((at) => topics === undefined || topics.some((topic) => at.topic.startsWith(topic))),
  }),
  closesTwice: () => {
    let isClosed = false;
    return {
      close: () => {
        if (isClosed) throw new Error('closed');
        isClosed = true;
      },
    };
  },
};

/** Stores that break each law of several calls and stores. */
export const brokenMeeting: Readonly<Record<MeetingLaw, Otherwise>> = {
  wholeOrNotAtAll: committing(async (offsets, store) => {
    store.commit(offsets.slice(0, 25));
    await new Promise(setImmediate);
    return store.commit(offsets.slice(25));
  }),
  concurrentCommits: committing(async (offsets, store, shared) => {
    if (shared.busy === true) return { foreign: [] };
    shared.busy = true;
    await new Promise(setImmediate);
    shared.busy = false;
    return store.commit(offsets);
  }),
  seesOthers: (store) => {
    const mine = new Set<string>();
    return {
      commit: (offsets: readonly OffsetCommit[]) => {
        for (const { topic } of offsets) mine.add(topic);
        return store.commit(offsets);
      },
      load: () => store.load({}).filter(({ topic }) => mine.has(topic)),
    };
  },
  reportsOthers: committing((offsets, store) => {
    store.commit(offsets);
    return { foreign: [] };
  }),
  reportsLockstep: committing((offsets, store) => {
    const { foreign } = store.commit(offsets);
    return { foreign: foreign.filter((found) => !offsets.some(({ until }) => until === found.until)) };
  }),
};

/** Stores that break each law of owning. */
export const brokenOwning: Readonly<Record<OwnerLaw, Otherwise>> = {
  ownerCommits: committing((offsets, store) => {
    if (store.load({}).length === 0) throw taken();
    return store.commit(offsets);
  }),
  owningKeepsOffsets: (store, shared) => ({
    own: () => {
      store.own();
      shared.cleared = true;
    },
    load: () => (shared.cleared === true ? [] : store.load({})),
  }),
  ownsAgain: (store) => {
    let owned = false;
    return {
      own: () => {
        if (owned) throw taken();
        owned = true;
        store.own();
      },
    };
  },
  overtakenIsRefused: () => ({ own: () => {} }),
  overtakenStaysOut: (store) => {
    let current = store;
    return {
      own: () => {
        current = store.reopen();
        current.own();
      },
      commit: (offsets: readonly OffsetCommit[]) => current.commit(offsets),
    };
  },
  takingOverLasts: (store, shared) => ({
    close: () => {
      shared.closed = true;
    },
    commit: (offsets: readonly OffsetCommit[]) =>
      shared.closed === true ? store.reopen().commit(offsets) : store.commit(offsets),
  }),
  successorReportsOnlyOthers: (store) => {
    let isNew = true;
    return {
      commit: (offsets: readonly OffsetCommit[]) => {
        const foreign = isNew ? store.load({}) : [];
        isNew = false;
        store.commit(offsets);
        return { foreign };
      },
    };
  },
  neverOwnedIsNotFenced: owned((store, shared) => ({
    commit: (offsets: readonly OffsetCommit[]) => {
      if (shared.owner !== store) throw taken();
      return store.commit(offsets);
    },
  })),
  lastOfManyOwns: (store, shared) => ({
    own: async () => {
      if (shared.busy === true) return;
      shared.busy = true;
      await new Promise(setImmediate);
      store.own();
    },
  }),
  overtakenLoads: owned((store, shared) => ({
    load: () => {
      if (shared.owner !== store) throw taken();
      return store.load({});
    },
  })),
};

function loading(change: (offsets: readonly CommittedOffset[]) => readonly CommittedOffset[]): Otherwise {
  return (store) => ({ load: (query: { readonly topics?: readonly string[] }) => change(store.load(query)) });
}

/** Tells in `shared.owner` who owns. */
export function owned(otherwise: Otherwise): Otherwise {
  return (store, shared) => ({
    own: () => {
      store.own();
      shared.owner = store;
    },
    ...otherwise(store, shared),
  });
}
