import type { Visit } from '../batch/Batch.ts';
import { detached } from '../keys/detached.ts';
import type { Identify } from '../keys/keyIdentity.ts';
import type { Pair } from '../keys/Pair.ts';
import type { OperatorState } from '../RunServices.ts';
import { BEFORE_RECORDS, Deadlines, type Touch } from './Deadlines.ts';
import type { KeyedState } from './KeyedState.ts';
import { FORM, type KeyStates, type StatesForm } from './KeyStates.ts';
import type { PlaceFinder } from './PlaceFinder.ts';
import { NOWHERE } from './PlaceIndex.ts';
import type { StateValues } from './StateValues.ts';
import { TouchTimes } from './TouchTimes.ts';
import { touchedState, wholeValue } from './ValuesIn.ts';

/** A state, and when its key was given a record last: replaced, never changed. */
export interface Touched<S> extends Touch {
  readonly state: S;
}

/** The tag of a place whose key has a state: places that have been given back have none. */
const THERE = 1;

/** States of keys that are due once `timeout` milliseconds have passed since the batch that touched them last. */
export class TouchedStates<K, S> implements KeyStates<K, S> {
  readonly #keys: KeyedState<K, Touched<S>>;
  /** The same times as beside the states, where those may not be in memory. */
  readonly #times: TouchTimes | undefined;
  readonly #timeout: number;
  readonly #deadlines: Deadlines;

  /** Keys that were kept without a time begin with `now`. */
  constructor(state: OperatorState, identify: Identify<K>, timeout: number, now: number, values?: StateValues) {
    const form = state.collection<typeof FORM, StatesForm>(FORM);
    const wasTouched = form.has(FORM);
    form.set(FORM, 'touched');
    const times = values && new TouchTimes();
    let at = BEFORE_RECORDS;
    const keys = state.collection<K, Touched<S>>('keys', {
      identify,
      valuesIn: touchedState,
      values,
      onRestored: times && ((place, touched) => times.set(place, touched)),
      ...(wasTouched ? {} : { restoredIn: wholeValue, reform: (whole: S) => ({ state: whole, time: now, at: at++ }) }),
    });
    this.#keys = keys;
    this.#times = times;
    this.#timeout = timeout;
    this.#deadlines = new Deadlines((place, time, at) => {
      if (keys.tagAt(place) !== THERE) return false;
      if (times !== undefined) return times.timeAt(place) === time && times.atAt(place) === at;
      const touched = keys.valueAt(place);
      return touched.time === time && touched.at === at;
    });
    this.#deadlines.restore(touches(keys, times));
  }

  get finder(): PlaceFinder<K> {
    return this.#keys.finder;
  }

  keyAt(place: number): K {
    return this.#keys.keyAt(place);
  }

  stateAt(place: number): S {
    return this.#keys.valueAt(place).state;
  }

  set(key: K, place: number, state: S, time: number, at: number): void {
    if (place === NOWHERE) {
      const taken = this.#keys.put(detached(key), { state, time, at });
      this.#keys.setTagAt(taken, THERE);
      this.#times?.set(taken, { time, at });
      this.#deadlines.add(taken, time, at);
      return;
    }
    const before = this.#keys.valueAt(place);
    if (before.time !== time) this.#retouch(place, { state, time, at });
    else if (before.state !== state) this.#keys.replaceAt(place, { state, time, at: before.at });
  }

  touchAt(place: number, time: number, at: number): void {
    const before = this.#keys.valueAt(place);
    if (before.time !== time) this.#retouch(place, { state: before.state, time, at });
  }

  deleteAt(place: number): void {
    const { time } = this.#keys.valueAt(place);
    this.#keys.setTagAt(place, 0);
    this.#keys.deleteAt(place);
    this.#deadlines.leave(time);
  }

  takeDue(time: number, take: (place: number) => void): void {
    this.#deadlines.takeBefore(time - this.#timeout, take);
  }

  visit(visit: Visit<Pair<K, S>>): void {
    const keys = this.#keys;
    for (let place = keys.first; place !== NOWHERE; place = keys.next(place)) {
      if (visit([keys.keyAt(place), keys.valueAt(place).state]) === false) return;
    }
  }

  #retouch(place: number, touched: Touched<S>): void {
    const before = this.#keys.valueAt(place).time;
    this.#keys.replaceAt(place, touched);
    this.#times?.set(place, touched);
    this.#deadlines.leave(before);
    this.#deadlines.add(place, touched.time, touched.at);
  }
}

function* touches<K>(
  keys: KeyedState<K, Touch>,
  times: TouchTimes | undefined,
): IterableIterator<readonly [number, Touch]> {
  for (let place = keys.first; place !== NOWHERE; place = keys.next(place)) {
    keys.setTagAt(place, THERE);
    const touch = times === undefined ? keys.valueAt(place) : { time: times.timeAt(place), at: times.atAt(place) };
    yield [place, touch];
  }
}
