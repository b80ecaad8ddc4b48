import type { CheckpointContents } from '../checkpoint/CheckpointStore.ts';
import type { Scope } from '../core/batch/Scope.ts';
import type { ReportCode } from './progress.ts';
import type { Run } from './Run.ts';

/** So many batches settle before something that has not happened yet is taken for something that never will. */
const PATIENCE = 10;

/** What a run says when something is missing from its pipeline: what does not change from run to run, once. */
export class RunWarnings {
  readonly #run: Run;
  readonly #committed = new Set<object>();
  #settled = 0;
  #isMissingSaid = false;
  /** A source goes on in the middle. */
  resumed = false;

  constructor(run: Run) {
    this.#run = run;
  }

  /** All sources are open. */
  opened(contents: CheckpointContents): void {
    this.#sayRenamed(contents);
    for (const name of this.#run.states?.droppedNames() ?? []) {
      const message = `The state '${name}' is dropped, as dropStates says: it is gone when the next batch has settled.`;
      this.#once('STATE_DROPPED', name, message);
    }
    if (!this.#run.parts.checkpoint.durable) return;
    for (const { source } of this.#run.roots) {
      if (source.replayable) continue;
      this.#once(
        'NOT_REPLAYABLE',
        source.name,
        `Source '${source.name}' cannot be read again: what it delivered and has not settled may be lost when the process dies.`,
      );
    }
  }

  /** The clock is behind the times of this context. */
  readonly setBack = (waitMs: number): void => {
    this.#run.report(
      'CLOCK_SET_BACK',
      'StreamingContext',
      `The clock is behind the batches that were cut: times never go back, so the next batch comes in ${waitMs} ms. What comes meanwhile waits for it.`,
      { details: { waitMs } },
    );
  };

  /** An operator's state begins empty. */
  beganEmpty(name: string): void {
    if (!this.resumed) return;
    const why = this.#run.parts.checkpoint.durable
      ? 'The checkpoint has none of this name: it is new, or had another one.'
      : 'Only a durable checkpoint keeps state across processes.';
    this.#once(
      'STATE_EMPTY_AT_START',
      name,
      `The state '${name}' begins empty although its source goes on in the middle: counts and windows miss what came before. ${why}`,
    );
  }

  /** Values of a state were made anew by `migrate`; until a batch has settled the checkpoint has the old ones. */
  migrated(name: string, count: number, from: number, to: number): void {
    const message = `${count} entries of the state '${name}' were migrated from version ${from} to ${to}.`;
    this.#run.report('STATE_MIGRATED', name, message, { count, details: { from, to } });
  }

  /** A batch has settled. */
  settled(scope: Scope): void {
    for (const store of scope.commits.keys()) this.#committed.add(store);
    if (++this.#settled >= PATIENCE) this.sayMissing();
  }

  /** Now or never, for the run may be ending. Not at the first batch: a chain may hold back some (a filter, a window). */
  sayMissing(): void {
    if (this.#isMissingSaid || this.#settled === 0) return;
    this.#isMissingSaid = true;
    for (const { source } of this.#run.roots) {
      const { startsFrom, name } = source;
      if (startsFrom === undefined || this.#committed.has(startsFrom)) continue;
      this.#once(
        'OFFSETS_NOT_COMMITTED',
        name,
        `Source '${name}' starts from the offset store '${startsFrom.name}', but nobody commits to it: the next start begins at the same place. ` +
          'End the chain with commitOffsets(store).',
      );
    }
    for (const name of this.#run.states?.unclaimed() ?? []) {
      this.#once(
        'STATE_UNCLAIMED',
        name,
        `The checkpoint has a state '${name}' that no operator of this run has claimed; it is kept. ` +
          `If it is of no more use, drop it with new StreamingContext({ dropStates: ['${name}'] }).`,
      );
    }
  }

  /** The run is ended before its batches have settled: what sources that cannot replay have delivered is lost. */
  left(batches: number): void {
    for (const { source, gone } of this.#run.roots) {
      if (gone || source.replayable) continue;
      this.#run.report(
        'BATCHES_LEFT',
        source.name,
        `Source '${source.name}' cannot be read again: what is in the ${batches} batches that have not settled, and what waits for a batch, is lost.`,
        { details: { batches } },
      );
    }
  }

  /** A source that the checkpoint does not know beside a position that nobody has: one that was renamed is read twice. */
  #sayRenamed({ positions, unsettled }: CheckpointContents): void {
    const { left } = this.#run.parts;
    const sources = this.#run.roots.map(({ source }) => source);
    const names = new Set(sources.map(({ name }) => name));
    const lost = [...positions.keys()].filter((name) => !names.has(name) && !left.has(name));
    if (lost.length === 0) return;
    for (const { name, replayable } of sources) {
      const known = positions.has(name) || unsettled.some(({ cuts }) => cuts.some(({ source }) => source === name));
      if (!replayable || known) continue;
      this.#once(
        'SOURCE_UNCLAIMED',
        name,
        `The checkpoint does not know the source '${name}', so it begins at its own start; it has the positions of ${lost.map((other) => `'${other}'`).join(', ')}, which this run does not have. ` +
          `If this is the same source under another name (or another path, or working directory), its records count twice: go back to a savepoint and give it { name: '${lost[0]}' }.`,
      );
    }
  }

  #once(code: ReportCode, subject: string, message: string): void {
    const { warned } = this.#run.parts;
    const key = `${code}/${subject}`;
    if (warned.has(key)) return;
    warned.add(key);
    this.#run.report(code, subject, message);
  }
}
