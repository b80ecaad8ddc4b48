import { NOWHERE } from './PlaceIndex.ts';
import type { StatePlaces } from './StatePlaces.ts';

/** In place of a value from before: the key was not there. */
const ABSENT: unique symbol = Symbol('absent');

/** What changed in a keyed state between two settlements, and what there was before. */
export class OpenChanges<K, V> {
  readonly #places: StatePlaces<K, V>;
  /** Places that were touched, each once, new ones in the order of their coming. */
  readonly #touched: number[] = [];
  /** What was at each of them before, or {@link ABSENT}. */
  readonly #before: (V | typeof ABSENT)[] = [];
  /** Places whose keys have gone, in the order of their going. */
  readonly #gone: number[] = [];

  constructor(places: StatePlaces<K, V>) {
    this.#places = places;
  }

  get isEmpty(): boolean {
    return this.#touched.length === 0;
  }

  /** A key has come. */
  added(place: number): void {
    this.#touched.push(place);
    this.#before.push(ABSENT);
  }

  /** A value is about to be replaced or to go, for the first time. */
  changing(place: number): void {
    this.#touched.push(place);
    this.#before.push(this.#places.value(place));
  }

  /** A key has gone. */
  removed(place: number): void {
    this.#gone.push(place);
  }

  /** Keys that were there and have gone, also of those that came back. */
  deletes(): readonly K[] {
    const places = this.#places;
    return this.#touched
      .filter((place, n) => places.isGone(place) && this.#before[n] !== ABSENT)
      .map((place) => places.key(place));
  }

  /** Keys that came or have other values, with those. */
  puts(): readonly (readonly [K, V])[] {
    const places = this.#places;
    return this.#touched
      .filter((place) => !places.isGone(place))
      .map((place) => [places.key(place), places.value(place)] as const);
  }

  /** Gives back the places of the keys that have gone. */
  release(): void {
    for (const place of this.#gone) this.#places.release(place);
  }

  /** The entries as they were before all of these changes, earlier ones first, in their order. */
  static *entriesBefore<K, V>(
    places: StatePlaces<K, V>,
    changes: readonly OpenChanges<K, V>[],
  ): IterableIterator<[K, V]> {
    const before = new Map<number, V | typeof ABSENT>();
    for (const { touched, values } of changes.toReversed().map((open) => open.#undo)) {
      for (let n = 0; n < touched.length; n++) before.set(touched[n] as number, values[n] as V | typeof ABSENT);
    }
    const nexts = nextsBefore(
      places,
      changes.flatMap((open) => open.#gone),
    );
    for (let at = nexts(NOWHERE); at !== NOWHERE; at = nexts(at)) {
      const value = before.has(at) ? (before.get(at) as V | typeof ABSENT) : places.value(at);
      if (value !== ABSENT) yield [places.key(at), value];
    }
  }

  get #undo(): { readonly touched: readonly number[]; readonly values: readonly (V | typeof ABSENT)[] } {
    return { touched: this.#touched, values: this.#before };
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
