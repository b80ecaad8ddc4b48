import { doubled } from './doubled.ts';
import { NOWHERE } from './PlaceIndex.ts';
import type { StateChanges } from './StateChanges.ts';
import type { StatePlaces } from './StatePlaces.ts';
import type { CheckStored, StoredForm } from './StoredForm.ts';

/** In place of a value from before: the key was not there. */
const ABSENT: unique symbol = Symbol('absent');

/** What changed in a keyed state between two settlements, and what there was before. */
export class OpenChanges<K, V> {
  readonly #places: StatePlaces<K, V>;
  /** Places that were touched, each once, new ones in the order of their coming; of the array as many as `size` says. */
  #touched: Int32Array;
  /** What was at each of them before, as the places hold it, or {@link ABSENT}. */
  readonly #before: (V | typeof ABSENT)[];
  #size = 0;
  /** Places whose keys have gone, in the order of their going. */
  readonly #gone: number[] = [];

  /** `expected`: how many places are likely to be touched. */
  constructor(places: StatePlaces<K, V>, expected = 0) {
    this.#places = places;
    this.#touched = new Int32Array(Math.max(expected, 16));
    this.#before = new Array(expected);
  }

  /** How many places were touched. */
  get size(): number {
    return this.#size;
  }

  /** A key has come. */
  added(place: number): void {
    this.changing(place, ABSENT);
  }

  /** A value is about to be replaced or to go, for the first time. */
  changing(place: number, before: V | typeof ABSENT): void {
    if (this.#size === this.#touched.length) this.#touched = doubled(this.#touched);
    this.#touched[this.#size] = place;
    this.#before[this.#size++] = before;
  }

  /** A key has gone. */
  removed(place: number): void {
    this.#gone.push(place);
  }

  /** What there is to tell of them, by the ids of the places, with values as they are written. */
  told(form: StoredForm<K, V> | undefined, check: CheckStored<K> | undefined): StateChanges {
    const places = this.#places;
    const written = (place: number): unknown => {
      const key = places.key(place);
      const value = places.value(place);
      const stored = form === undefined ? value : form.encode(value, key);
      check?.(stored, key);
      return stored;
    };
    places.giveIds();
    const deleted: number[] = [];
    const changed: { ids: number[]; values: unknown[] } = { ids: [], values: [] };
    const added: { ids: number[]; keys: K[]; values: unknown[] } = { ids: [], keys: [], values: [] };
    for (let n = 0; n < this.#size; n++) {
      const place = this.#touched[n] as number;
      const isNew = this.#before[n] === ABSENT;
      if (places.isGone(place)) {
        if (!isNew) deleted.push(places.id(place));
      } else if (isNew) {
        added.ids.push(places.id(place));
        added.keys.push(places.key(place));
        added.values.push(written(place));
      } else {
        changed.ids.push(places.id(place));
        changed.values.push(written(place));
      }
    }
    return { deleted, changed, added };
  }

  /** Lets go what was before, and gives back the places of the keys that have gone. */
  release(): void {
    const places = this.#places;
    for (let n = 0; n < this.#size; n++) {
      const before = this.#before[n] as V | typeof ABSENT;
      if (before !== ABSENT) places.letGo(this.#touched[n] as number, before);
    }
    for (const place of this.#gone) this.#places.release(place);
  }

  /** The entries as they were before all of these changes, earlier ones first, in their order. */
  static *entriesBefore<K, V>(
    places: StatePlaces<K, V>,
    changes: readonly OpenChanges<K, V>[],
  ): IterableIterator<readonly [K, V]> {
    const before = new Map<number, V | typeof ABSENT>();
    for (const open of changes.toReversed()) {
      for (let n = 0; n < open.#size; n++) before.set(open.#touched[n] as number, open.#before[n] as V | typeof ABSENT);
    }
    const nexts = nextsBefore(
      places,
      changes.flatMap((open) => open.#gone),
    );
    for (let at = nexts(NOWHERE); at !== NOWHERE; at = nexts(at)) {
      const held = before.get(at);
      if (held === ABSENT) continue;
      yield [places.key(at), before.has(at) ? places.valueHeld(held as V, at) : places.value(at)];
    }
  }
}

/** What came after each place, the first one after `NOWHERE`, before these places were taken out of the order, one by one. */
function nextsBefore(places: StatePlaces<unknown, unknown>, gone: readonly number[]): (place: number) => number {
  const nexts = new Map<number, number>();
  const next = (place: number): number => nexts.get(place) ?? (place === NOWHERE ? places.first : places.next(place));
  for (const place of gone.toReversed()) {
    const previous = places.previous(place);
    nexts.set(place, next(previous));
    nexts.set(previous, place);
  }
  return next;
}
