import { asyncScheduler } from 'rxjs';
import { type Answer, promised } from '../core/Answer.ts';
import type { BlockLog, LogContents } from '../sources/receiver/BlockLog.ts';
import { BLOCK_LOG_LAWS, type BlockLogLaw } from './blockLogLaws.ts';
import type { TestFramework } from './offsetStoreContract.ts';

/** The log under test. */
export interface BlockLogUnderTest {
  /** For the title of the suite. */
  readonly name: string;
  /** A log on a place where nothing was ever kept, of this size; called once for each law. */
  make(maxBytes: number): Answer<BlockLog>;
  /** Another log object on the place of `log`, as another process would make it. Needed where it is durable. */
  reopen?(log: BlockLog): Answer<BlockLog>;
  /** Laws that cannot hold for this log, each with the reason. */
  readonly skip?: Readonly<Partial<Record<BlockLogLaw, string>>>;
}

/** What a law is given. */
export interface BlockLogTrial {
  /** A log on a new place, opened; it holds a million bytes if nothing else is said. */
  begin(maxBytes?: number): Promise<BlockLog>;
  open(log: BlockLog): Promise<LogContents>;
  /** Closes a log and opens what it kept, by another log object where there can be one. */
  again(log: BlockLog): Promise<{ readonly log: BlockLog; readonly contents: LogContents }>;
  /** Another log object on the place of a durable one, not opened; `undefined` for one that is not. */
  other(log: BlockLog): Promise<BlockLog | undefined>;
  readonly expect: TestFramework['expect'];
}

/**
 * The contract of {@link BlockLog} as tests, one for each law, for authors of logs that receivers keep their blocks in. Answers may be values, promises
 * or Observables. Every log that was made is closed after its law.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from 'vitest';
 * blockLogContract({ describe, it, expect }, {
 *   name: 'myLog',
 *   make: (maxBytes) => myLog(freshPlace(), { maxBytes }),
 *   reopen: (log) => myLog(placeOf(log)),
 * });
 * ```
 */
export function blockLogContract(framework: TestFramework, subject: BlockLogUnderTest): void {
  const { describe, it } = framework;
  describe(`the block log contract: ${subject.name}`, () => {
    for (const [law, { rule, check }] of Object.entries(BLOCK_LOG_LAWS)) {
      const reason = subject.skip?.[law as BlockLogLaw];
      const test = (): Promise<void> => tried(framework, subject, check);
      if (reason === undefined) it(`${law}: ${rule}`, test);
      else it.skip(`${law}: ${rule} [SKIPPED: ${reason}]`, test);
    }
  });
}

async function tried(
  { expect }: TestFramework,
  subject: BlockLogUnderTest,
  check: (trial: BlockLogTrial) => Promise<void>,
): Promise<void> {
  const made: BlockLog[] = [];
  const known = (log: BlockLog): BlockLog => {
    made.push(log);
    return log;
  };
  const trial: BlockLogTrial = {
    async begin(maxBytes = 1_000_000) {
      const log = known(await promised(() => subject.make(maxBytes)));
      await trial.open(log);
      return log;
    },
    open: (log) => promised(() => log.open(asyncScheduler, () => {})),
    async again(log) {
      await promised(() => log.close());
      const next = (await trial.other(log)) ?? log;
      return { log: next, contents: await trial.open(next) };
    },
    async other(log) {
      if (!log.durable) return undefined;
      const { reopen } = subject;
      if (reopen === undefined) throw new Error('a durable log needs reopen');
      return known(await promised(() => reopen.call(subject, log)));
    },
    expect,
  };
  try {
    await check(trial);
  } finally {
    for (const log of made) await promised(() => log.close());
  }
}
