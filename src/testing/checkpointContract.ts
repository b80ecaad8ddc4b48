import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import { type Answer, promised } from '../core/Answer.ts';
import { type Kept, loaded } from './checkpoint/kept.ts';
import { CHECKPOINT_LAWS, type CheckpointLaw } from './checkpointLaws.ts';
import type { TestFramework } from './offsetStoreContract.ts';

/** The checkpoint store under test. */
export interface CheckpointStoreUnderTest {
  /** For the title of the suite. */
  readonly name: string;
  /** Whether it survives its process. Default `true`; the laws of what other processes do and find are skipped where it does not. */
  readonly durable?: boolean;
  /** A store on a place where nothing was ever kept; called once for each law, or more often. */
  make(): Answer<CheckpointStore>;
  /** Another store object on the place of `store`, as another process would make it. Needed where it is `durable`. */
  reopen?(store: CheckpointStore): Answer<CheckpointStore>;
  /**
   * Lets everybody else take `store`, which was loaded and not closed, for dead, as its process were after a crash or a long stall: the next
   * `load` of another takes its place. `store` itself knows nothing of it and is used further. Needed where it is `durable`.
   */
  abandon?(store: CheckpointStore): Answer<void>;
  /** Laws that cannot hold for this store, each with the reason. */
  readonly skip?: Readonly<Partial<Record<CheckpointLaw, string>>>;
}

/** What a law is given. */
export interface CheckpointTrial {
  /** A store on a new place, not yet loaded. */
  make(): Promise<CheckpointStore>;
  /** A store on a new place, loaded. */
  begin(): Promise<CheckpointStore>;
  reopen(store: CheckpointStore): Promise<CheckpointStore>;
  abandon(store: CheckpointStore): Promise<void>;
  /** Closes a store and loads what it kept, by another store object where there can be one. */
  again(store: CheckpointStore): Promise<Again>;
  readonly expect: TestFramework['expect'];
}

/** A store that was closed and loaded again. */
export interface Again {
  readonly store: CheckpointStore;
  readonly kept: Kept;
}

/**
 * The contract of {@link CheckpointStore} as tests, one for each law, for authors of stores. Answers may be values, promises
 * or Observables. Every store that was made is closed after its law. A law that needs a hook or a method that is not
 * there must be skipped with a reason.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from 'vitest';
 * checkpointContract({ describe, it, expect }, {
 *   name: 'myCheckpoint',
 *   make: () => myCheckpoint(freshPlace()),
 *   reopen: (store) => myCheckpoint(placeOf(store)),
 *   abandon: (store) => endLeaseOf(placeOf(store)),
 *   skip: { savepointIsACopy: 'it keeps no savepoints' },
 * });
 * ```
 */
export function checkpointContract(framework: TestFramework, subject: CheckpointStoreUnderTest): void {
  const { describe, it } = framework;
  describe(`the checkpoint contract: ${subject.name}`, () => {
    for (const [law, { rule, check, durable }] of Object.entries(CHECKPOINT_LAWS)) {
      const isSpared = durable === true && subject.durable === false;
      const reason = subject.skip?.[law as CheckpointLaw] ?? (isSpared ? 'it does not survive its process' : undefined);
      const test = (): Promise<void> => tried(framework, subject, check);
      if (reason === undefined) it(`${law}: ${rule}`, test);
      else it.skip(`${law}: ${rule} [SKIPPED: ${reason}]`, test);
    }
  });
}

async function tried(
  { expect }: TestFramework,
  subject: CheckpointStoreUnderTest,
  check: (trial: CheckpointTrial) => Promise<void>,
): Promise<void> {
  const made: CheckpointStore[] = [];
  const opened = async (open: () => Answer<CheckpointStore>): Promise<CheckpointStore> => {
    const store = await promised(open);
    made.push(store);
    return store;
  };
  const trial: CheckpointTrial = {
    make: () => opened(() => subject.make()),
    async begin() {
      const store = await trial.make();
      await loaded(store);
      return store;
    },
    reopen: (store) => opened(() => needed(subject, 'reopen')(store)),
    abandon: (store) => promised(() => needed(subject, 'abandon')(store)),
    async again(store) {
      await promised(() => store.close());
      const next = subject.reopen === undefined ? store : await trial.reopen(store);
      return { store: next, kept: await loaded(next) };
    },
    expect,
  };
  try {
    await check(trial);
  } finally {
    for (const store of made) await promised(() => store.close());
  }
}

/** A hook of the store's author. */
function needed<H extends 'reopen' | 'abandon'>(
  subject: CheckpointStoreUnderTest,
  hook: H,
): NonNullable<CheckpointStoreUnderTest[H]> {
  const given = subject[hook];
  if (given === undefined) throw new Error(`this law needs ${hook}; skip it with a reason`);
  return given.bind(subject) as NonNullable<CheckpointStoreUnderTest[H]>;
}
