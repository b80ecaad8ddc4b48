import { type Identify, ownIdentity } from '../keys/keyIdentity.ts';
import { ownKey } from '../keys/ownKey.ts';
import { deepFreeze } from './deepFreeze.ts';
import { inGroups } from './inGroups.ts';
import { OpenChanges } from './OpenChanges.ts';
import { PlaceCell, type StateCell } from './PlaceCell.ts';
import { PlaceFinder } from './PlaceFinder.ts';
import { NOWHERE } from './PlaceIndex.ts';
import { SETTLED, type SettledEntries, type StateChanges, type StateEntries } from './StateChanges.ts';
import { StatePlaces } from './StatePlaces.ts';
import type { CheckStored, StoredForm } from './StoredForm.ts';

/** How a keyed state tells its keys apart, what it is in a checkpoint, and whether it freezes values. */
export interface KeyedStateOptions<K, V = unknown> {
  readonly identify?: Identify<K>;
  /** How values are read from the entries it begins with, and written for those who ask for changes. Default: as they are. */
  readonly form?: StoredForm<K, V> | undefined;
  /** Looks at what is written for those who ask for changes. */
  readonly check?: CheckStored<K> | undefined;
  /** Makes every value immutable on the way in: how the testing kit finds changes made in place. */
  readonly freeze?: boolean;
  /** Where keys and values are. Default: in memory. */
  readonly places?: StatePlaces<K, V> | undefined;
  /** Is told of each entry it begins with, while its value is at hand. */
  readonly onRestored?: ((place: number, value: V) => void) | undefined;
}

/**
 * A map that reports what changed. Values are replaced, never changed in place: setting the same reference is no change.
 * The open batch is forgotten by dropping the whole object; the next run gets a new one from the checkpoint.
 *
 * Each key has a place, a number that is good for as long as the key is there: who keeps it can look at the value and replace
 * it without looking the key up again. A cell is a place as an object.
 */
export class KeyedState<K, V> {
  /** Finds places by keys, one or many at once. */
  readonly finder: PlaceFinder<K>;
  readonly #places: StatePlaces<K, V>;
  readonly #identify: Identify<K>;
  readonly #freeze: boolean;
  readonly #form: StoredForm<K, V> | undefined;
  readonly #check: CheckStored<K> | undefined;
  #open: OpenChanges<K, V>;
  /** Counts how often changes were taken. */
  #epoch = 1;
  /** The changes that were taken last, and whether they have settled. */
  #taken: OpenChanges<K, V> | undefined;
  #isSettled = true;
  /** A store that does not settle what was taken does not look at the settled entries either: they are not kept then. */
  #keepsSettled = true;
  /** The settled entries somebody keeps, who may ask for them after the run. */
  #kept: SettledEntries | undefined;
  #isOver = false;
  /** Ids of the checkpoint whose keys are another's now, since they are told apart otherwise than they were. */
  #merged: number[] = [];

  constructor(entries: Iterable<StateEntries> = [], options: KeyedStateOptions<K, V> = {}) {
    this.#identify = options.identify ?? ownIdentity;
    this.#freeze = options.freeze ?? false;
    this.#form = options.form;
    this.#check = options.check;
    this.#places = options.places ?? new StatePlaces();
    this.finder = new PlaceFinder(this.#places, this.#identify);
    this.#open = new OpenChanges(this.#places);
    this.#restore(entries, options.onRestored);
  }

  get size(): number {
    return this.finder.size;
  }

  get(key: K): V | undefined {
    const place = this.find(key);
    return place === NOWHERE ? undefined : this.#places.value(place);
  }

  has(key: K): boolean {
    return this.find(key) !== NOWHERE;
  }

  cell(key: K): StateCell<K, V> | undefined {
    const place = this.find(key);
    return place === NOWHERE ? undefined : new PlaceCell(this.#places, place);
  }

  set(key: K, value: V): StateCell<K, V> {
    return new PlaceCell(this.#places, this.put(key, value));
  }

  /** Gives the key of this cell, which must still be there, another value. */
  replace(cell: StateCell<K, V>, value: V): StateCell<K, V> {
    this.replaceAt((cell as PlaceCell<K, V>).place, value);
    return cell;
  }

  delete(key: K): void {
    const identity = this.#identify(key);
    const place = this.finder.findIdentity(identity);
    if (place !== NOWHERE) this.#remove(identity, place);
  }

  /** The live cells, in insertion order. Deleting or setting while iterating is allowed, as with a `Map`. */
  *cells(): IterableIterator<StateCell<K, V>> {
    const places = this.#places;
    for (let at = places.first; at !== NOWHERE; at = places.next(at)) yield new PlaceCell(places, at);
  }

  /** The live entries, in insertion order, as {@link KeyedState.cells}. */
  *entries(): IterableIterator<[K, V]> {
    const places = this.#places;
    for (let at = places.first; at !== NOWHERE; at = places.next(at)) yield [places.key(at), places.value(at)];
  }

  // ---- places --------------------------------------------------------------------------------------------------

  /** The place of a key, or `NOWHERE`. */
  find(key: K): number {
    return this.finder.find(key);
  }

  /** Sets a value and gives its place. */
  put(key: K, value: V): number {
    const identity = this.#identify(key);
    const known = this.finder.findIdentity(identity);
    if (known !== NOWHERE) {
      this.replaceAt(known, value);
      return known;
    }
    if (this.#freeze) deepFreeze(value);
    const place = this.#add(identity, key, value);
    this.#places.touch(place, this.#epoch);
    this.#open.added(place);
    return place;
  }

  /** The key at a place. */
  keyAt(place: number): K {
    return this.#places.key(place);
  }

  /** The value at a place. */
  valueAt(place: number): V {
    return this.#places.value(place);
  }

  replaceAt(place: number, value: V): void {
    const places = this.#places;
    const before = places.value(place);
    if (before === value) return;
    if (this.#freeze) deepFreeze(value);
    if (places.touch(place, this.#epoch)) {
      this.#open.changing(place, places.held(place, before));
      places.renew(place, value);
    } else places.setValue(place, value);
  }

  deleteAt(place: number): void {
    this.#remove(this.#identify(this.#places.key(place)), place);
  }

  /** The first place in the order of insertion, or `NOWHERE`. */
  get first(): number {
    return this.#places.first;
  }

  /** The next place in the order of insertion, or `NOWHERE`; also after the key at this one was deleted. */
  next(place: number): number {
    return this.#places.next(place);
  }

  /** Brings these places near, before they are worked on one after another: much cheaper than meeting each of them far away. */
  bringNear(places: Int32Array, from: number, to: number): void {
    this.#places.glance(places, from, to);
  }

  /** A whole number beside the value that is neither reported nor kept in a checkpoint; 0 at first. */
  tagAt(place: number): number {
    return this.#places.tag(place);
  }

  setTagAt(place: number, tag: number): void {
    this.#places.setTag(place, tag);
  }

  // ---- changes -------------------------------------------------------------------------------------------------

  /** The changes since the last call; counts anew from here. To be read before anything else changes. */
  takeChanges(): StateChanges {
    if (!this.#isSettled) {
      this.#keepsSettled = false;
      this.#places.forgetBefore();
    }
    this.#taken?.release();
    const taken = this.#open;
    this.#taken = taken;
    this.#isSettled = taken.size === 0;
    this.#open = new OpenChanges(this.#places, taken.size);
    this.#epoch++;
    const merged = this.#merged;
    this.#merged = [];
    let told: StateChanges | undefined;
    const tell = (): StateChanges => {
      if (told === undefined) {
        told = taken.told(this.#form, this.#check);
        if (merged.length > 0) told = { ...told, deleted: [...told.deleted, ...merged] };
      }
      return told;
    };
    const changes: StateChanges = {
      get deleted() {
        return tell().deleted;
      },
      get changed() {
        return tell().changed;
      },
      get added() {
        return tell().added;
      },
    };
    const settled: SettledEntries = {
      settle: () => {
        if (this.#taken === taken) this.#isSettled = true;
        this.#kept = settled;
      },
      giveUp: () => {
        if (this.#kept !== settled) return;
        this.#kept = undefined;
        if (this.#isOver) this.#places.close();
      },
      [Symbol.iterator]: () => this.#settledEntries(),
    };
    return Object.defineProperty(changes, SETTLED, { value: settled });
  }

  /** The run is over: nothing is asked for any more but the settled entries, by who keeps them, until they are given up. */
  close(): void {
    this.#isOver = true;
    if (this.#kept === undefined) this.#places.close();
  }

  #settledEntries(): IterableIterator<StateEntries> {
    if (!this.#keepsSettled) throw new Error('The settled entries of a state are kept only if all its changes settle.');
    const open = this.#isSettled ? [this.#open] : [this.#taken as OpenChanges<K, V>, this.#open];
    return inGroups(OpenChanges.entriesBefore(this.#places, open), this.#form);
  }

  /** Takes in the entries of the checkpoint. Their keys are looked at all together in the end. */
  #restore(entries: Iterable<StateEntries>, onRestored: ((place: number, value: V) => void) | undefined): void {
    const places = this.#places;
    const identities: unknown[] = [];
    for (const { ids, keys, values } of entries) {
      places.giveIds();
      for (let n = 0; n < ids.length; n++) {
        const key = keys[n] as K;
        const own = ownKey(key);
        const identity = this.#identify(key);
        const value = this.#form === undefined ? (values[n] as V) : this.#form.decode(values[n], key);
        if (this.#freeze) deepFreeze(value);
        places.goOnWithId(ids[n] as number);
        const place = places.add(own, value);
        identities.push(identity === key ? own : identity);
        onRestored?.(place, value);
      }
    }
    this.finder.fill(identities, (place, known) => {
      const value = places.value(place);
      this.#merged.push(places.id(place));
      places.remove(place);
      places.release(place);
      this.replaceAt(known, value);
      onRestored?.(known, value);
    });
  }

  #add(identity: unknown, key: K, value: V): number {
    const own = ownKey(key);
    const place = this.#places.add(own, value);
    this.finder.add(identity === key ? own : identity, own, place);
    return place;
  }

  #remove(identity: unknown, place: number): void {
    const places = this.#places;
    if (places.touch(place, this.#epoch)) this.#open.changing(place, places.heldNow(place));
    this.finder.remove(identity, place);
    places.remove(place);
    this.#open.removed(place);
  }
}
