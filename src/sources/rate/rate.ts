import type { SchedulerLike, Subscription } from 'rxjs';
import { refuse, textArgument, wholeNumber } from '../../core/arguments.ts';
import type { Milliseconds } from '../../core/durations.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceObservable, SourceOpening } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { type Ramp, secondOfValue, timeOfValue, valueAtSecond, valuesBefore } from './rateArithmetic.ts';

/** A record of {@link rate}. */
export interface RateRecord {
  /** 0, 1, 2 ... without gaps. */
  readonly value: number;
  /** When the record was due, in milliseconds since the epoch. */
  readonly timestamp: number;
}

/** Options of {@link rate}. */
export interface RateOptions {
  /** Records each second, a whole number above 0. */
  readonly recordsPerSecond: number;
  /** How long the speed grows before it reaches `recordsPerSecond`: whole seconds, in milliseconds. Default `0`. */
  readonly rampUpTimeMs?: Milliseconds;
  /** Unique among the sources of a context. Default `rate`. */
  readonly name?: string;
}

const OPTIONS: KnownOptions<RateOptions> = { recordsPerSecond: true, rampUpTimeMs: true, name: true };

/**
 * A source that counts: `{ value, timestamp }` at a steady rate, for trying things out and for load tests.
 *
 * ```text
 * rate({ recordsPerSecond: 2 })   0----1----2----3----    one second is ----------
 * ```
 *
 * - **Completes** never; **errors** never. Wrong arguments: `INVALID_ARGUMENT`, where they are written.
 * - **Time**: the values of a second are spread evenly over it, rounded to milliseconds; a batch gets the values due
 *   before its time. It starts when its first run opens it. Reads no clock but its scheduler's.
 * - **Positions** are the start time and the next value, kept in the checkpoint: a restart repeats nothing and makes up
 *   for the time it was away. There are no offsets to commit.
 * - **Memory**: none; the records of a batch are made while it is evaluated.
 */
export function rate(options: RateOptions): SourceObservable<RateRecord> {
  knownOptions('rate', options, OPTIONS);
  const perSecond = wholeNumber('rate(recordsPerSecond)', options.recordsPerSecond, 1);
  const rampMs = wholeNumber('rate(rampUpTimeMs)', options.rampUpTimeMs ?? 0, 0);
  if (rampMs % 1000 !== 0) refuse('rate(rampUpTimeMs)', 'whole seconds, in milliseconds', rampMs, 'Use seconds(n).');
  const name = textArgument('rate(name)', options.name ?? 'rate');
  return sourceObservable(() => new RateSource(name, { perSecond, rampSeconds: rampMs / 1000 }));
}

interface Position {
  /** When value 0 was due, in milliseconds since the epoch. */
  readonly start: number;
  readonly next: number;
}

interface CutData {
  readonly start: number;
  readonly from: number;
  readonly until: number;
}

class RateSource implements Source<RateRecord> {
  readonly name: string;
  readonly replayable = true;
  readonly wakes = true;
  readonly #ramp: Ramp;
  #scheduler!: SchedulerLike;
  #wake!: () => void;
  #at!: Position;
  #alarm: Subscription | undefined;

  constructor(name: string, ramp: Ramp) {
    this.name = name;
    this.#ramp = ramp;
  }

  open({ position, scheduler, wake, report }: SourceOpening): void {
    this.#scheduler = scheduler;
    this.#wake = wake;
    this.#at = (position as Position | undefined) ?? { start: scheduler.now(), next: 0 };
    if (position !== undefined) {
      report({ code: 'RESUMED', message: `${this.name}: goes on at value ${this.#at.next}.` });
    }
    this.#wakeWhenDue();
  }

  cut(time: number, { maxRecords }: CutLimit): CutAnswer {
    const { start, next: from } = this.#at;
    const due = Math.max(from, valuesBefore(time - start, this.#ramp));
    const until = Math.min(due, from + maxRecords);
    this.#at = { start, next: until };
    if (until === due) this.#wakeWhenDue();
    const data: CutData = { start, from, until };
    return { cut: { data, records: until - from, position: this.#at }, empty: until === from, more: until < due };
  }

  read(cut: Cut): RecordRun<RateRecord> {
    const { start, from, until } = cut.data as CutData;
    return { run: (visit) => countUp(start, from, until, this.#ramp, visit) };
  }

  settled(): void {}

  close(): void {
    this.#alarm?.unsubscribe();
  }

  #wakeWhenDue(): void {
    this.#alarm?.unsubscribe();
    const due = this.#at.start + timeOfValue(this.#at.next, this.#ramp) + 1;
    this.#alarm = this.#scheduler.schedule(this.#wake, Math.max(1, due - this.#scheduler.now()));
  }
}

/** Goes from second to second, so that a record costs one division. */
function countUp(start: number, from: number, until: number, ramp: Ramp, visit: (record: RateRecord) => unknown): void {
  let value = from;
  for (let second = secondOfValue(from, ramp); value < until; second++) {
    const first = valueAtSecond(second, ramp);
    const next = valueAtSecond(second + 1, ramp);
    for (const end = Math.min(next, until); value < end; value++) {
      const timestamp = start + second * 1000 + Math.round(((value - first) * 1000) / (next - first));
      if (visit({ value, timestamp }) === false) return;
    }
  }
}
