import { type Answer, promised } from '../core/Answer.ts';
import type { Milliseconds } from '../core/durations.ts';
import type { SourceObservable } from '../sources/Source.ts';
import type { TestFramework } from './offsetStoreContract.ts';
import { SOURCE_LAWS, type SourceLaw } from './sourceLaws.ts';

/** A source and the outside it reads, made anew for each law. */
export interface SourcePlace<T> {
  /** The source under test. */
  readonly source: SourceObservable<T>;
  /**
   * Makes at least `count` more records arrive and answers them in order, as `recordKey` sees them. The suite waits until
   * they can be cut; a source that never stops may give more after them.
   */
  feed(count: number): Answer<readonly unknown[]>;
  /** The source as another process would make it, on the same outside. Needed for a source that is replayable. */
  reopen?(): SourceObservable<T>;
  /** Takes the outside down. */
  dispose?(): Answer<void>;
}

/** What the suite is to know of the source under test. */
export interface SourceUnderTest<T> {
  /** For the title of the suite. */
  readonly name: string;
  make(): Answer<SourcePlace<T>>;
  /** What of a record is known beforehand. Default: the record. */
  readonly recordKey?: (record: T) => unknown;
  /** Records that a cut never divides, where a limit is smaller. Default 1. */
  readonly unit?: number;
  /** How long to wait for what has to arrive. Default 4000, less than the five seconds that most runners give a test. */
  readonly patienceMs?: Milliseconds;
  /** Laws that cannot hold for this source, each with the reason. */
  readonly skip?: Readonly<Partial<Record<SourceLaw, string>>>;
}

/**
 * The contract of `Source` as tests, one for each law, for authors of sources. Works with every kind of answer and on real
 * time: where something has to arrive it waits for it, `patienceMs` at most.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from 'vitest';
 * sourceContract({ describe, it, expect }, {
 *   name: 'mySource',
 *   make: () => {
 *     const outside = startOutside();
 *     return {
 *       source: mySource(outside.url),
 *       feed: (count) => outside.send(count),
 *       reopen: () => mySource(outside.url),
 *       dispose: () => outside.stop(),
 *     };
 *   },
 * });
 * ```
 */
export function sourceContract<T>(framework: TestFramework, subject: SourceUnderTest<T>): void {
  const { describe, it, expect } = framework;
  const recordKey = subject.recordKey ?? ((record: T) => record);
  describe(`the source contract: ${subject.name}`, () => {
    for (const [law, { rule, check }] of Object.entries(SOURCE_LAWS)) {
      const reason = subject.skip?.[law as SourceLaw];
      const test = async (): Promise<void> => {
        const place = await promised(() => subject.make());
        try {
          await check({
            place: place as SourcePlace<unknown>,
            recordKey: recordKey as never,
            unit: subject.unit ?? 1,
            patienceMs: subject.patienceMs ?? 4000,
            expect,
          });
        } finally {
          await promised(() => place.dispose?.());
        }
      };
      if (reason === undefined) it(`${law}: ${rule}`, test);
      else it.skip(`${law}: ${rule} [SKIPPED: ${reason}]`, test);
    }
  });
}
