import type { SchedulerLike } from 'rxjs';
import type { Progress, ReportCode, ReportProgress } from './progress.ts';

/** For so long the same kind of trouble at the same place is not said again. */
const QUIET_MS = 60_000;

/** What deserves a look even if nobody reads the progress events. It does not come often. */
const ALWAYS: ReadonlySet<ReportCode> = new Set([
  'OFFSETS_NOT_COMMITTED',
  'OFFSETS_MOVED',
  'OFFSETS_BEHIND',
  'STATE_EMPTY_AT_START',
  'STATE_UNCLAIMED',
  'SOURCE_UNCLAIMED',
  'STOP_DEADLINE',
  'NOT_REPLAYABLE',
  'BATCHES_LEFT',
  'CLOCK_SET_BACK',
  'RUN_RETRIED',
  'TABLE_STALE',
  'SOURCE_UNAVAILABLE',
  'CHECKPOINT_TORN',
  'CHECKPOINT_UNMERGED',
  'CHECKPOINT_SET_ASIDE',
  'CHECKPOINT_AWAITED',
  'CHECKPOINT_AT_RISK',
  'CHECKPOINT_UNAVAILABLE',
  'CHECKPOINT_FAILED',
]);

/** What stands still, or is left out, and may be reported many times a second: told at most once a minute for each place. */
const THINNED: ReadonlySet<ReportCode> = new Set([
  'RECONNECTING',
  'RECONNECTED',
  'COMMIT_RETRIED',
  'READ_RETRIED',
  'OFFSET_STORE_UNAVAILABLE',
  'POSITION_RESET',
  'RECORDS_DROPPED',
  'RECORD_UNDECODABLE',
  'DATA_CORRUPT',
  'DATA_LOST',
  'FILE_SKIPPED',
  'BLOCK_REFUSED',
  'PEER_REFUSED',
  'LOG_TORN',
  'LOG_SLOW',
]);

interface Told {
  readonly at: number;
  /** Reports since then that were not told. */
  unsaid: number;
}

/** Which reports somebody is told who does not read `progress$`: those that say why nothing comes, or what is missing. */
export class Warnings {
  readonly #scheduler: SchedulerLike;
  readonly #warn: (message: string) => void;
  readonly #told = new Map<string, Told>();

  constructor(scheduler: SchedulerLike, warn: (message: string) => void) {
    this.#scheduler = scheduler;
    this.#warn = warn;
  }

  hear(event: Progress): void {
    if (event.type !== 'report') return;
    if (ALWAYS.has(event.code)) this.#say(event, 0);
    else if (THINNED.has(event.code)) this.#sayNowAndThen(event);
  }

  #sayNowAndThen(event: ReportProgress): void {
    const place = `${event.code} ${event.subject}`;
    const before = this.#told.get(place);
    const now = this.#scheduler.now();
    if (before !== undefined && now >= before.at && now - before.at < QUIET_MS) {
      before.unsaid++;
      return;
    }
    this.#told.set(place, { at: now, unsaid: 0 });
    this.#say(event, before?.unsaid ?? 0);
  }

  #say({ code, message }: ReportProgress, unsaid: number): void {
    const more = unsaid === 0 ? '' : ` (and ${unsaid} more since the last such warning)`;
    this.#warn(`rx-dstream: ${code}: ${message}${more}`);
  }
}
