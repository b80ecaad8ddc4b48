import { type Answer, promised } from '../core/Answer.ts';
import type { CommittedOffset } from '../core/OffsetRange.ts';
import type { OffsetStore, OffsetTransaction, TransactionalOffsetStore } from '../offsets/OffsetStore.ts';
import { OFFSET_STORE_LAWS, type OffsetStoreLaw, type OffsetStoreRule } from './offsetStoreLaws.ts';
import { storeOf } from './offsets/asking.ts';

/** What the suite needs of a test framework; Vitest and Jest have it. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: ((name: string, test: () => Promise<void>) => unknown) & {
    readonly skip: (name: string, test: () => Promise<void>) => unknown;
  };
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): unknown };
}

/** The store under test. */
export interface OffsetStoreUnderTest {
  /** For the title of the suite. */
  readonly name: string;
  /** A store of a group that nothing was ever committed to; called once for each law. */
  make(): Answer<OffsetStore>;
  /** Another store object on the place and group of `store`, as another process would open it. */
  reopen?(store: OffsetStore): Answer<OffsetStore>;
  /** Whether it has `own`; the laws of owning apply then. Default `false`, and a store that has it all the same is found out. */
  readonly owns?: boolean;
  /** How results are written and read; the laws of transactions apply to a store that has `begin`, which needs this. */
  readonly results?: ResultsUnderTest;
  /** Laws that cannot hold for this store, each with the reason. */
  readonly skip?: Readonly<Partial<Record<OffsetStoreLaw, string>>>;
}

/** Counters, kept where the store under test keeps results. */
export interface ResultsUnderTest {
  /** Adds to the counter `name` at the place of `store` through the handle of a transaction that it has begun. */
  add(handle: unknown, name: string, amount: number, store: OffsetStore): Answer<void>;
  /** What everybody sees of the counter at the place of `store`, outside of any transaction; 0 where it never was added to. */
  read(store: OffsetStore, name: string): Answer<number>;
}

/** What a law is given. */
export interface OffsetStoreTrial {
  make(): Promise<OffsetStore>;
  reopen(store: OffsetStore): Promise<OffsetStore>;
  /** What the store holds, in order of topic and partition. */
  load(store: OffsetStore, topics?: readonly string[]): Promise<readonly CommittedOffset[]>;
  /** Adds to a counter through an open transaction; {@link ResultsUnderTest}. */
  add(transaction: OffsetTransaction<unknown>, name: string, amount: number): Promise<void>;
  /** What everybody sees of a counter. */
  read(store: OffsetStore, name: string): Promise<number>;
  readonly expect: TestFramework['expect'];
}

/**
 * The contract of {@link OffsetStore} as tests, one for each law, for authors of stores. Answers may be values, promises or
 * Observables. Every store that was made is closed after its law. A law that needs {@link OffsetStoreUnderTest.reopen}
 * must be skipped with a reason where there is none. Laws of owning and of transactions apply to stores that have `own` and `begin`:
 * say so with {@link OffsetStoreUnderTest.owns} and {@link OffsetStoreUnderTest.results}.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from 'vitest';
 * offsetStoreContract({ describe, it, expect }, {
 *   name: 'myOffsets',
 *   make: () => myOffsets({ group: freshGroup() }),
 *   reopen: (store) => myOffsets({ group: groupOf(store) }),
 *   owns: true,
 *   results: {
 *     add: (handle: MyTransaction, name, amount) => handle.increment(name, amount),
 *     read: (store, name) => readCounter(name),
 *   },
 *   skip: { oddTopics: 'topics are file names there' },
 * });
 * ```
 */
export function offsetStoreContract(framework: TestFramework, subject: OffsetStoreUnderTest): void {
  const { describe, it } = framework;
  describe(`the offset store contract: ${subject.name}`, () => {
    for (const [law, { rule, check, needs }] of Object.entries(OFFSET_STORE_LAWS)) {
      const reason = subject.skip?.[law as OffsetStoreLaw] ?? lacked(subject, needs);
      const test = (): Promise<void> => tried(framework, subject, check);
      if (reason === undefined) it(`${law}: ${rule}`, test);
      else it.skip(`${law}: ${rule} [SKIPPED: ${reason}]`, test);
    }
    it('the suite is told of own and begin where the store has them', () =>
      tried(framework, subject, async ({ make, expect }) => {
        const { own, begin } = (await make()) as Partial<TransactionalOffsetStore<unknown>>;
        const told = { owns: subject.owns === true, results: subject.results !== undefined };
        expect({ owns: own !== undefined, results: begin !== undefined }).toEqual(told);
      }));
  });
}

/** Why a law does not apply. */
function lacked({ owns, results }: OffsetStoreUnderTest, needs: OffsetStoreRule['needs']): string | undefined {
  if (needs === 'own' && owns !== true) return 'it does not tell writers apart';
  return needs === 'begin' && results === undefined ? 'it has no transactions' : undefined;
}

async function tried(
  { expect }: TestFramework,
  subject: OffsetStoreUnderTest,
  check: (trial: OffsetStoreTrial) => Promise<void>,
): Promise<void> {
  const made: OffsetStore[] = [];
  const opened = async (open: () => Answer<OffsetStore>): Promise<OffsetStore> => {
    const store = await promised(open);
    made.push(store);
    return store;
  };
  try {
    await check({
      make: () => opened(() => subject.make()),
      reopen: (store) => {
        if (subject.reopen === undefined) throw new Error('this law needs reopen; skip it with a reason');
        const { reopen } = subject;
        return opened(() => reopen(store));
      },
      load: async (store, topics) => inOrder(await promised(() => store.load(topics === undefined ? {} : { topics }))),
      add: (transaction, name, amount) =>
        promised(() => resultsOf(subject).add(transaction.handle, name, amount, storeOf(transaction))),
      read: (store, name) => promised(() => resultsOf(subject).read(store, name)),
      expect,
    });
  } finally {
    for (const store of made) await promised(() => store.close());
  }
}

function resultsOf({ results }: OffsetStoreUnderTest): ResultsUnderTest {
  if (results === undefined) throw new Error('this law needs results');
  return results;
}

function inOrder(offsets: readonly CommittedOffset[]): readonly CommittedOffset[] {
  return offsets
    .map(({ topic, partition, until }) => ({ topic, partition, until }))
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
}
