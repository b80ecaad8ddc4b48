import type { Visit } from '../batch/Batch.ts';
import { detached } from '../keys/detached.ts';
import type { Identify } from '../keys/keyIdentity.ts';
import type { Pair } from '../keys/Pair.ts';
import type { OperatorState } from '../RunServices.ts';
import type { KeyedState } from './KeyedState.ts';
import { FORM, type KeyStates, type StatesForm } from './KeyStates.ts';
import type { PlaceFinder } from './PlaceFinder.ts';
import { NOWHERE } from './PlaceIndex.ts';
import type { StateValues } from './StateValues.ts';
import type { Touched } from './TouchedStates.ts';
import { touchedState, wholeValue } from './ValuesIn.ts';

/** States that no time runs out for, kept by themselves. */
export class PlainStates<K, S> implements KeyStates<K, S> {
  readonly #keys: KeyedState<K, S>;

  constructor(state: OperatorState, identify: Identify<K>, values?: StateValues) {
    const form = state.collection<typeof FORM, StatesForm>(FORM);
    const wasTouched = form.has(FORM);
    form.delete(FORM);
    this.#keys = state.collection<K, S>('keys', {
      identify,
      valuesIn: wholeValue,
      values,
      ...(wasTouched ? { restoredIn: touchedState, reform: (touched: Touched<S>) => touched.state } : {}),
    });
  }

  get finder(): PlaceFinder<K> {
    return this.#keys.finder;
  }

  keyAt(place: number): K {
    return this.#keys.keyAt(place);
  }

  stateAt(place: number): S {
    return this.#keys.valueAt(place);
  }

  set(key: K, place: number, state: S): void {
    if (place === NOWHERE) this.#keys.put(detached(key), state);
    else this.#keys.replaceAt(place, state);
  }

  touchAt(): void {}

  deleteAt(place: number): void {
    this.#keys.deleteAt(place);
  }

  takeDue(): void {}

  visit(visit: Visit<Pair<K, S>>): void {
    const keys = this.#keys;
    for (let place = keys.first; place !== NOWHERE; place = keys.next(place)) {
      if (visit([keys.keyAt(place), keys.valueAt(place)]) === false) return;
    }
  }
}
