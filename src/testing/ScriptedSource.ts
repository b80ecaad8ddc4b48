import { map, type Observable } from 'rxjs';
import { answered } from '../core/Answer.ts';
import type { CommittedOffset } from '../core/OffsetRange.ts';
import type { OffsetStore } from '../offsets/OffsetStore.ts';
import type { Cut, CutAnswer, CutLimit, Source, SourceOpening } from '../sources/Source.ts';
import type { CrashPlace, TestSourceStep } from './testSource.ts';

/** Plain data: where reading goes on. */
interface ScriptPosition {
  readonly step: number;
  /** Records of the step, or batches of a pause, that are done. */
  readonly done: number;
  /** Records before this position. */
  readonly offset: number;
}

/** Plain data: the records of one step from `from` to `until`; `next` is the step that comes after this cut. */
interface ScriptCut {
  readonly step: number;
  readonly from: number;
  readonly until: number;
  readonly next: number;
}

/** What a scripted source is besides its script. */
export interface ScriptedSourceSettings {
  readonly name: string;
  readonly replayable: boolean;
  readonly startsFrom: OffsetStore | undefined;
}

/** The contract's side of `testSource`; `crashed` holds the cues that have had their crash, in whatever run. */
export class ScriptedSource<T> implements Source<T> {
  readonly name: string;
  readonly replayable: boolean;
  readonly wakes = false;
  readonly startsFrom?: OffsetStore;
  readonly #script: readonly TestSourceStep<T>[];
  readonly #crashed: Set<number>;
  #at: ScriptPosition = { step: 0, done: 0, offset: 0 };

  constructor(script: readonly TestSourceStep<T>[], settings: ScriptedSourceSettings, crashed: Set<number>) {
    this.name = settings.name;
    this.replayable = settings.replayable;
    if (settings.startsFrom !== undefined) this.startsFrom = settings.startsFrom;
    this.#script = script;
    this.#crashed = crashed;
  }

  open({ position, report }: SourceOpening): undefined | Observable<undefined> {
    this.#at = (position as ScriptPosition | undefined) ?? { step: 0, done: 0, offset: 0 };
    const { startsFrom, name } = this;
    if (position !== undefined || startsFrom === undefined) return undefined;
    const begin = (committed: readonly CommittedOffset[]): undefined => {
      const until = committed.find(({ topic, partition }) => topic === name && partition === 0)?.until ?? 0;
      if (until === 0) return;
      this.#at = this.#positionOf(until);
      report({ code: 'RESUMED', message: `${name}: goes on at record ${until}.` });
    };
    const answer = startsFrom.load({ topics: [name] });
    return Array.isArray(answer) ? begin(answer) : answered(() => answer).pipe(map(begin));
  }

  cut(_time: number, { maxRecords }: CutLimit): CutAnswer {
    this.#skipCrashes();
    const { step, done, offset } = this.#at;
    const current = this.#script[step];
    if (Array.isArray(current)) return this.#cutRecords(current as readonly T[], maxRecords);
    const cue = current as Exclude<TestSourceStep<T>, readonly T[]> | undefined;
    if (cue?.cue === 'pause') {
      const over = done + 1 >= cue.batches;
      this.#at = over ? { step: step + 1, done: 0, offset } : { step, done: done + 1, offset };
      return this.#answer({ step, from: 0, until: 0 }, offset);
    }
    const nothing = this.#answer({ step, from: 0, until: 0 }, offset);
    return { ...nothing, last: true, ...(cue?.cue === 'error' ? { error: cue.error } : {}) };
  }

  #cutRecords(records: readonly T[], maxRecords: number): CutAnswer {
    const { step, done, offset } = this.#at;
    const until = Math.min(records.length, done + maxRecords);
    const count = until - done;
    this.#at =
      until === records.length
        ? { step: step + 1, done: 0, offset: offset + count }
        : { step, done: until, offset: offset + count };
    return this.#answer({ step, from: done, until }, offset);
  }

  #answer(range: Omit<ScriptCut, 'next'>, from: number): CutAnswer {
    const { step, offset } = this.#at;
    const data: ScriptCut = { ...range, next: step };
    const count = range.until - range.from;
    return {
      cut: {
        data,
        records: count,
        position: this.#at,
        offsets: [{ topic: this.name, partition: 0, from, until: offset }],
      },
      empty: count === 0,
      more: Array.isArray(this.#script[step]),
      last: this.#isOver(step),
    };
  }

  read(cut: Cut): readonly T[] {
    const { step, from, until } = cut.data as ScriptCut;
    this.#crashAfter(cut, 'read');
    const records = this.#script[step];
    return Array.isArray(records) ? (records as readonly T[]).slice(from, until) : [];
  }

  settled(cut: Cut): void {
    this.#crashAfter(cut, 'settled');
  }

  close(): void {}

  /** The script is over, or only cues that have had their crash are left of it. */
  #isOver(step: number): boolean {
    const rest = this.#script.slice(step);
    const next = rest.find((other, at) => Array.isArray(other) || !this.#isPassedCrash(other, step + at));
    return next === undefined || (!Array.isArray(next) && (next as { cue: string }).cue === 'end');
  }

  #isPassedCrash(step: TestSourceStep<T>, at: number): boolean {
    if (Array.isArray(step)) return false;
    const cue = step as Exclude<TestSourceStep<T>, readonly T[]>;
    return cue.cue === 'crash' && (cue.at !== 'cut' || this.#crashed.has(at));
  }

  /** Crashes at the cue in front of the next batch; passes those that are for reading or settling, or that are over. */
  #skipCrashes(): void {
    for (;;) {
      const { step, offset } = this.#at;
      const current = this.#script[step];
      if (current === undefined || Array.isArray(current)) return;
      const cue = current as Exclude<TestSourceStep<T>, readonly T[]>;
      if (cue.cue !== 'crash') return;
      if (cue.at === 'cut') this.#crash(step, cue.error);
      this.#at = { step: step + 1, done: 0, offset };
    }
  }

  /** Crashes at the cues that follow this cut. */
  #crashAfter(cut: Cut, at: CrashPlace): void {
    for (let step = (cut.data as ScriptCut).next; ; step++) {
      const current = this.#script[step];
      if (current === undefined || Array.isArray(current)) return;
      const cue = current as Exclude<TestSourceStep<T>, readonly T[]>;
      if (cue.cue !== 'crash') return;
      if (cue.at === at) this.#crash(step, cue.error);
    }
  }

  #crash(step: number, error: unknown): void {
    if (this.#crashed.has(step)) return;
    this.#crashed.add(step);
    throw error;
  }

  /** The first position behind so many records. */
  #positionOf(records: number): ScriptPosition {
    let left = records;
    for (const [step, current] of this.#script.entries()) {
      const { length } = Array.isArray(current) ? current : [];
      if (left < length || left === 0) return { step, done: left, offset: records };
      left -= length;
    }
    return { step: this.#script.length, done: 0, offset: records };
  }
}
