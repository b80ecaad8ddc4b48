import type { SchedulerLike } from 'rxjs';
import { refuse, schedulerArgument, textArgument, truth, wholeNumber } from '../core/arguments.ts';
import { StreamError } from '../core/errors.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import type { OffsetStore } from '../offsets/OffsetStore.ts';
import type { SourceObservable } from '../sources/Source.ts';
import { sourceObservable } from '../sources/sourceObservable.ts';
import { ScriptedSource } from './ScriptedSource.ts';

/** Where in the life of a batch a crash on cue happens. */
export type CrashPlace = 'cut' | 'read' | 'settled';

/** Something a {@link testSource} does on cue instead of giving records. */
export type TestSourceCue =
  | { readonly cue: 'pause'; readonly batches: number }
  | { readonly cue: 'crash'; readonly at: CrashPlace; readonly error: unknown }
  | { readonly cue: 'error'; readonly error: unknown }
  | { readonly cue: 'end' };

/** One step of a script: the records of one batch, or a cue. */
export type TestSourceStep<T> = readonly T[] | TestSourceCue;

/** Options of {@link testSource}. */
export interface TestSourceOptions {
  /** Name of the source, and topic of its offset ranges. Default `test`. */
  readonly name?: string;
  /** Where it begins when there is no checkpoint: after what is committed there. Default: at its first step. */
  readonly offsets?: OffsetStore;
  /** Whether another process could read a cut again. Default `true`. */
  readonly replayable?: boolean;
  /** Times a direct subscription; `batchInterval` lends its own. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

const OPTIONS: KnownOptions<TestSourceOptions> = { name: true, offsets: true, replayable: true, scheduler: true };

/** Makes {@link testSource}; its members make the cues. */
export interface TestSourceFactory {
  <T>(script: readonly TestSourceStep<T>[], options?: TestSourceOptions): SourceObservable<T>;
  /** So many batches come without records, as if nothing had arrived. Default 1; `Infinity`: from here on for ever. */
  pause(batches?: number): TestSourceCue;
  /**
   * Fails the run here, once: the run after it goes on behind this cue. At `'cut'` (default) while the next batch is being
   * decided, at `'read'` while the batch before it is read, at `'settled'` while the source is told that the batch before it
   * has settled.
   */
  crash(at?: CrashPlace, error?: unknown): TestSourceCue;
  /** Ends with this error, in every run: raised when everything before it has settled. */
  error(error: unknown): TestSourceCue;
  /** Completes here; what follows is never given. A script that is over completes by itself. */
  end(): TestSourceCue;
}

/**
 * A replayable source with positions that does what its script says: each array is the records of one batch, a cue makes it
 * pause, crash, fail or end. For tests of pipelines, and of what comes after a crash.
 *
 * ```text
 * testSource([['a', 'b'], testSource.pause(), ['c']])   -(a b)---( )---(c)|
 * ```
 *
 * - **Offsets** count its records from 0: `{ topic: name, partition: 0, from, until }`.
 * - **Crashes** happen once for each `testSource(...)`, whatever number of runs and contexts use it.
 * - A record limit splits a step; without an interval (drain trigger) each step is a batch.
 * - **Errors**: a wrong script is `INVALID_ARGUMENT`; a crash without an error of its own is `SOURCE_FAILED`.
 */
export const testSource: TestSourceFactory = Object.assign(
  <T>(script: readonly TestSourceStep<T>[], options: TestSourceOptions = {}): SourceObservable<T> => {
    if (!Array.isArray(script)) refuse('testSource(script)', 'an array of batches and cues', script);
    for (const [at, step] of script.entries()) {
      if (!Array.isArray(step) && (step as Partial<TestSourceCue> | null)?.cue === undefined) {
        refuse(`testSource(script), step ${at}`, 'an array of records, or a cue like testSource.pause()', step);
      }
    }
    knownOptions('testSource', options, OPTIONS);
    const name = textArgument('testSource({ name })', options.name ?? 'test');
    const crashed = new Set<number>();
    const { offsets: startsFrom, scheduler } = options;
    if (startsFrom !== undefined && typeof startsFrom?.load !== 'function') {
      refuse('testSource({ offsets })', 'an offset store, as memoryOffsets()', startsFrom);
    }
    if (scheduler !== undefined) schedulerArgument('testSource({ scheduler })', scheduler);
    const replayable = truth('testSource({ replayable })', options.replayable ?? true);
    const settings = { name, replayable, startsFrom };
    return sourceObservable(() => new ScriptedSource(script, settings, crashed), scheduler);
  },
  {
    pause: (batches = 1): TestSourceCue => ({
      cue: 'pause',
      batches: wholeNumber('testSource.pause(batches)', batches, 1, true),
    }),
    crash: (at: CrashPlace = 'cut', error?: unknown): TestSourceCue => ({
      cue: 'crash',
      at,
      error: error ?? new StreamError('SOURCE_FAILED', 'testSource: crashed on cue.'),
    }),
    error: (error: unknown): TestSourceCue => ({ cue: 'error', error }),
    end: (): TestSourceCue => ({ cue: 'end' }),
  },
);
