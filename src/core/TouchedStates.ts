import { Deadlines, type Touch } from './Deadlines.ts';
import { detached } from './detached.ts';
import type { KeyedState, StateCell } from './KeyedState.ts';
import { FORM, type KeyStates, type StatesForm } from './KeyStates.ts';
import type { Identify } from './keyIdentity.ts';
import type { OperatorState } from './RunServices.ts';

/** A state, and when its key was given a record last: replaced, never changed. */
export interface Touched<S> extends Touch {
  readonly state: S;
}

/** States of keys that are due once `timeout` milliseconds have passed since the batch that touched them last. */
export class TouchedStates<K, S> implements KeyStates<K, S> {
  readonly #keys: KeyedState<K, Touched<S>>;
  readonly #timeout: number;
  readonly #deadlines: Deadlines<K>;

  /** Keys that were kept without a time begin with `now`. */
  constructor(state: OperatorState, identify: Identify<K>, timeout: number, now: number) {
    const keys = state.collection<K, Touched<S>>('keys', identify);
    const form = state.collection<typeof FORM, StatesForm>(FORM);
    if (form.get(FORM) === undefined) {
      form.set(FORM, 'touched');
      let at = 0;
      for (const cell of keys.cells()) keys.replace(cell, { state: cell.value as S, time: now, at: at++ });
    }
    this.#keys = keys;
    this.#timeout = timeout;
    this.#deadlines = new Deadlines((key, time, at) => {
      const touched = keys.get(key);
      return touched !== undefined && touched.time === time && touched.at === at;
    });
    this.#deadlines.restore(touches(keys));
  }

  cell(key: K): StateCell<K, unknown> | undefined {
    return this.#keys.cell(key);
  }

  stateIn(cell: StateCell<K, unknown>): S {
    return (cell.value as Touched<S>).state;
  }

  set(key: K, cell: StateCell<K, Touched<S>> | undefined, state: S, time: number, at: number): void {
    if (cell === undefined) {
      const kept = this.#keys.set(detached(key), { state, time, at });
      this.#deadlines.add(kept.key, time, at);
    } else if (cell.value.time !== time) {
      this.#retouch(cell, { state, time, at });
    } else if (cell.value.state !== state) {
      this.#keys.replace(cell, { state, time, at: cell.value.at });
    }
  }

  touch(cell: StateCell<K, Touched<S>>, time: number, at: number): void {
    if (cell.value.time !== time) this.#retouch(cell, { state: cell.value.state, time, at });
  }

  delete({ key, value }: StateCell<K, Touched<S>>): void {
    const { time } = value;
    this.#keys.delete(key);
    this.#deadlines.leave(time);
  }

  takeDue(time: number, take: (cell: StateCell<K, unknown>) => void): void {
    this.#deadlines.takeBefore(time - this.#timeout, (key) => {
      const cell = this.#keys.cell(key);
      if (cell !== undefined) take(cell);
    });
  }

  cells(): Iterable<StateCell<K, unknown>> {
    return this.#keys.cells();
  }

  #retouch(cell: StateCell<K, Touched<S>>, touched: Touched<S>): void {
    const before = cell.value.time;
    this.#keys.replace(cell, touched);
    this.#deadlines.leave(before);
    this.#deadlines.add(cell.key, touched.time, touched.at);
  }
}

function* touches<K>(keys: KeyedState<K, Touch>): IterableIterator<readonly [K, Touch]> {
  for (const { key, value } of keys.cells()) yield [key, value];
}
