import { defer, delay, map, of } from 'rxjs';
import type { PlannedBatch } from '../../../src/checkpoint/CheckpointStore.ts';
import { type Answer, memoryOffsets, type OffsetStore, type StateValues } from '../../../src/index.ts';
import { type ManualClock, manualClock } from '../../../src/testing/manualClock.ts';
import { Log } from '../../support/logSource.ts';
import { PendingAnswers } from '../../support/PendingAnswers.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';

/** A record of the two logs. */
export interface Sale {
  readonly word: string;
  readonly count: number;
  readonly at: number;
}

/** What an output was given. */
export interface Effect {
  readonly chain: string;
  readonly time: number;
  readonly records: readonly unknown[];
}

/** What outlives a process besides its checkpoint: the logs, the offsets, the outside that outputs write to. */
export class Outside {
  readonly random: Seeded;
  readonly logs: Readonly<Record<'a' | 'b', Log<Sale>>> = { a: new Log(), b: new Log() };
  readonly offsets: OffsetStore = memoryOffsets();
  readonly effects: Effect[] = [];
  /** All batches that were ever planned: what should have come out follows from them. */
  readonly history: PlannedBatch[] = [];
  readonly violations: string[] = [];
  /** Where values lie that are not in memory. */
  readonly values: StateValues | undefined;
  now = 0;

  constructor(seed: number, values?: StateValues) {
    this.random = seeded(seed);
    this.values = values;
  }

  append(log: 'a' | 'b', count: number): void {
    const { records } = this.logs[log];
    for (let n = 0; n < count; n++) {
      const word = `w${Math.min(this.random.int(0, 5), this.random.int(0, 5))}`;
      this.logs[log].append({ word, count: this.random.int(-2, 4), at: records.length });
    }
  }
}

/** One process, with what goes wrong in it. */
export class Life {
  readonly outside: Outside;
  readonly clock: ManualClock;
  readonly isTroubled: boolean;
  /** What it asked for and is answered by promises. */
  readonly answers: PendingAnswers = new PendingAnswers();
  /** It has crashed, or ended: nothing it does has an effect any more. */
  isGone = false;

  constructor(outside: Outside, isTroubled: boolean) {
    this.outside = outside;
    this.clock = manualClock(outside.now);
    this.isTroubled = isTroubled;
  }

  /** True so many times out of a thousand, in a life that is troubled. */
  happens(perThousand: number): boolean {
    return this.isTroubled && this.outside.random.int(1, 1000) <= perThousand;
  }

  /** A user's function that fails now and then. */
  mayFail(perThousand = 1): void {
    if (this.happens(perThousand)) throw new Error('trouble');
  }

  /** What is asked, perhaps later, perhaps not at all; perhaps it is done and the answer gets lost. */
  troubled<T>(ask: () => T): Answer<T> {
    this.mayFail(12);
    const asked = (): T => {
      const answer = ask();
      this.mayFail(12);
      return answer;
    };
    if (!this.happens(500)) return asked();
    const ms = this.outside.random.int(1, 12);
    if (this.happens(500)) return of(asked()).pipe(delay(ms, this.clock));
    return defer(() => of(undefined)).pipe(delay(ms, this.clock), map(asked));
  }
}
