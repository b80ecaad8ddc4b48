import type { StatePlaces } from './StatePlaces.ts';

/** Where a keyed state holds the value of one key; good for as long as the key is there. */
export interface StateCell<K, V> {
  readonly key: K;
  /** Changed by `KeyedState.replace` alone. */
  readonly value: V;
}

/** A place as an object. */
export class PlaceCell<K, V> implements StateCell<K, V> {
  readonly place: number;
  readonly #places: StatePlaces<K, V>;

  constructor(places: StatePlaces<K, V>, place: number) {
    this.#places = places;
    this.place = place;
  }

  get key(): K {
    return this.#places.key(this.place);
  }

  get value(): V {
    return this.#places.value(this.place);
  }
}
