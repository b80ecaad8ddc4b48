import type { Batch } from '../batch/Batch.ts';
import type { Milliseconds } from '../durations.ts';
import { StreamError } from '../errors.ts';
import { detached } from '../keys/detached.ts';
import type { OperatorState } from '../RunServices.ts';
import type { KeyedState } from '../state/KeyedState.ts';
import { recordValues } from '../state/ValuesIn.ts';
import { forgetUpTo } from './forgetUpTo.ts';

/** What is remembered of one batch. */
export interface RememberedBatch<T> {
  readonly time: number;
  readonly records: readonly T[];
}

/** The records of the last batches of one stream, as copies: a batch itself cannot be read once it has settled. */
export class RememberedBatches<T> {
  readonly #operator: string;
  readonly #duration: Milliseconds;
  readonly #batches: KeyedState<number, readonly T[]>;
  /** The last time that was forgotten; no entry before there was one. */
  readonly #forgotten: KeyedState<'time', number>;
  #slide = 0;

  constructor(operator: string, duration: Milliseconds, state: OperatorState) {
    this.#operator = operator;
    this.#duration = duration;
    this.#batches = state.collection<number, readonly T[]>('records', { valuesIn: recordValues });
    this.#forgotten = state.collection('forgotten');
  }

  /** Takes the next batch in, and forgets what is older than the duration by now. */
  add({ time, slide, records }: Batch<T>): void {
    this.#slide = slide;
    const last = time - this.#duration;
    for (const { key: old } of this.#batches.cells()) {
      if (old > last) break;
      this.#forgotten.set('time', old);
    }
    forgetUpTo(this.#batches, last);
    this.#batches.set(time, records.map(detached));
  }

  /** The batches with times from `from` to `to`, rounded down to times of batches; both included. */
  slice(from: number | undefined, to: number | undefined): readonly RememberedBatch<T>[] {
    const first = from === undefined ? Number.NEGATIVE_INFINITY : this.#roundedDown(from);
    const last = to === undefined ? Number.POSITIVE_INFINITY : this.#roundedDown(to);
    this.#assertRemembered(from, first, last);
    const found: RememberedBatch<T>[] = [];
    for (const { key: time, value: records } of this.#batches.cells()) {
      if (time >= first && time <= last) found.push({ time, records: [...records] });
    }
    return found;
  }

  #roundedDown(time: number): number {
    return this.#slide === 0 ? time : Math.floor(time / this.#slide) * this.#slide;
  }

  /** Half an answer would pass for a whole one. */
  #assertRemembered(from: number | undefined, first: number, last: number): void {
    const forgotten = this.#forgotten.get('time');
    if (from === undefined || forgotten === undefined || first > forgotten || first > last) return;
    throw new StreamError(
      'INVALID_ARGUMENT',
      `${this.#operator}: slice(${from}) is too far back: batches up to time ${forgotten} have been forgotten. ` +
        `Remember longer than ${this.#duration} ms, or leave out the first argument to get all there are.`,
      { details: { from, forgotten } },
    );
  }
}
