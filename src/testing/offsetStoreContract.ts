import { type Answer, promised } from '../core/Answer.ts';
import type { CommittedOffset } from '../core/OffsetRange.ts';
import type { OffsetStore } from '../offsets/OffsetStore.ts';
import { OFFSET_STORE_LAWS, type OffsetStoreLaw } from './offsetStoreLaws.ts';

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
  /** Laws that cannot hold for this store, each with the reason. */
  readonly skip?: Readonly<Partial<Record<OffsetStoreLaw, string>>>;
}

/** What a law is given. */
export interface OffsetStoreTrial {
  make(): Promise<OffsetStore>;
  reopen(store: OffsetStore): Promise<OffsetStore>;
  /** What the store holds, in order of topic and partition. */
  load(store: OffsetStore, topics?: readonly string[]): Promise<readonly CommittedOffset[]>;
  readonly expect: TestFramework['expect'];
}

/**
 * The contract of {@link OffsetStore} as tests, one for each law, for authors of stores. Answers may be values, promises or
 * Observables. Every store that was made is closed after its law. A law that needs {@link OffsetStoreUnderTest.reopen}
 * must be skipped with a reason where there is none.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from 'vitest';
 * offsetStoreContract({ describe, it, expect }, {
 *   name: 'myOffsets',
 *   make: () => myOffsets({ group: freshGroup() }),
 *   reopen: (store) => myOffsets({ group: groupOf(store) }),
 *   skip: { oddTopics: 'topics are file names there' },
 * });
 * ```
 */
export function offsetStoreContract(framework: TestFramework, subject: OffsetStoreUnderTest): void {
  const { describe, it } = framework;
  describe(`the offset store contract: ${subject.name}`, () => {
    for (const [law, { rule, check }] of Object.entries(OFFSET_STORE_LAWS)) {
      const reason = subject.skip?.[law as OffsetStoreLaw];
      const test = (): Promise<void> => tried(framework, subject, check);
      if (reason === undefined) it(`${law}: ${rule}`, test);
      else it.skip(`${law}: ${rule} [SKIPPED: ${reason}]`, test);
    }
  });
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
      expect,
    });
  } finally {
    for (const store of made) await promised(() => store.close());
  }
}

function inOrder(offsets: readonly CommittedOffset[]): readonly CommittedOffset[] {
  return offsets
    .map(({ topic, partition, until }) => ({ topic, partition, until }))
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
}
