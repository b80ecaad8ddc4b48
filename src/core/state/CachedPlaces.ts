import type { CachedValues } from './CachedValues.ts';
import { StatePlaces } from './StatePlaces.ts';

/** In place of a value from before a change: nobody will ask for it. */
const NOT_KEPT = -1;

/**
 * Places whose values lie behind a cache: in the column of values lies the slot of each. A change within a batch leaves the value of before in
 * its slot, so that also what a batch was before, however many keys it changes, need not be in memory.
 */
export class CachedPlaces<K, V> extends StatePlaces<K, V> {
  readonly #values: CachedValues<K, V>;
  #keepsBefore = true;

  constructor(values: CachedValues<K, V>) {
    super();
    this.#values = values;
  }

  override value(place: number): V {
    return this.#values.read(this.#slot(place), this.key(place));
  }

  override setValue(place: number, value: V): void {
    this.#values.replace(this.#slot(place), this.key(place), value);
  }

  override add(key: K, value: V): number {
    return super.add(key, this.#values.add(key, value) as V);
  }

  override release(place: number): void {
    this.#values.free(this.#slot(place));
    super.release(place);
  }

  override held(place: number): V {
    return this.heldNow(place);
  }

  override heldNow(place: number): V {
    return (this.#keepsBefore ? this.#slot(place) : NOT_KEPT) as V;
  }

  override valueHeld(held: V, place: number): V {
    return this.#values.read(held as number, this.key(place));
  }

  override renew(place: number, value: V): void {
    if (!this.#keepsBefore) return this.setValue(place, value);
    this.#values.leave(this.#slot(place));
    super.setValue(place, this.#values.add(this.key(place), value) as V);
  }

  override letGo(place: number, held: V): void {
    // A value that went with its key lies in the slot of the place still.
    if (held !== NOT_KEPT && held !== super.value(place)) this.#values.free(held as number);
  }

  override forgetBefore(): void {
    this.#keepsBefore = false;
  }

  override close(): void {
    this.#values.close();
  }

  #slot(place: number): number {
    return super.value(place) as number;
  }
}
