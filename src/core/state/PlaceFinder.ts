import type { Identify } from '../keys/keyIdentity.ts';
import { keyHash } from './keyHash.ts';
import { PlaceHints } from './PlaceHints.ts';
import { NOWHERE, PlaceIndex } from './PlaceIndex.ts';
import type { StatePlaces } from './StatePlaces.ts';

/** As many keys as are found at once at most: few enough for what they bring near to stay there. */
export const FOUND_AT_ONCE = 256;
/** Places that are put back into hints that began anew, when a key is added. */
const HINTED = 8;

/** What the identity of a key threw, and of the how manieth key. */
export interface LookUpFailure {
  readonly at: number;
  readonly error: unknown;
}

/** Finds the places of keys: by the hints, else by the index. */
export class PlaceFinder<K> {
  readonly #index = new PlaceIndex();
  readonly #hints = new PlaceHints();
  readonly #places: StatePlaces<K, unknown>;
  readonly #identify: Identify<K>;
  /** Of the keys that are looked for at once; there once there are hints. */
  #hashes: Int32Array | undefined;
  /** Places before it are in the hints, as far as there was room. */
  #hinted = 0;
  #goings = 0;

  constructor(places: StatePlaces<K, unknown>, identify: Identify<K>) {
    this.#places = places;
    this.#identify = identify;
  }

  get size(): number {
    return this.#index.size;
  }

  /** How many keys have come so far. A key that was not there is still not there while this is the same. */
  get comings(): number {
    return this.#index.size + this.#goings;
  }

  /** How many keys have gone so far. A key that was there still has its place while this is the same. */
  get goings(): number {
    return this.#goings;
  }

  /** The place of a key, or `NOWHERE`. */
  find(key: K): number {
    if (this.#hashes === undefined || typeof key !== 'string') return this.#index.get(this.#identify(key));
    const hash = keyHash(key);
    return this.#findFrom(this.#hints.guess(hash), hash, key);
  }

  /** The place of what a key is told apart by, or `NOWHERE`. */
  findIdentity(identity: unknown): number {
    return this.#index.get(identity);
  }

  /**
   * Finds the places of the first `count` of these keys, {@link FOUND_AT_ONCE} at most, and brings near what is there: much cheaper
   * than meeting each of them far away. Stops at a key that cannot be told apart, and tells of it.
   */
  findAll(keys: readonly K[], count: number, places: Int32Array): LookUpFailure | undefined {
    const hashes = this.#hashes;
    let n = 0;
    try {
      if (hashes === undefined) {
        for (; n < count; n++) places[n] = this.#index.get(this.#identify(keys[n] as K));
        return undefined;
      }
      this.#guessAll(keys, count, hashes, places);
      for (; n < count; n++) {
        places[n] = this.#findFrom(places[n] as number, hashes[n] as number, keys[n] as K);
      }
      return undefined;
    } catch (error) {
      return { at: n, error };
    }
  }

  /** The first keys have come, to the places from 0 on, told apart by these; one that is there already is told. */
  fill(identities: readonly unknown[], isThere: (place: number, known: number) => void): void {
    this.#index.fill(identities, isThere);
    if (!this.#hints.grow(this.#index.size)) return;
    this.#hashes = new Int32Array(FOUND_AT_ONCE);
    this.#hint(identities.length);
  }

  /** A key that was not there has come. */
  add(identity: unknown, key: K, place: number): void {
    this.#index.add(identity, place);
    if (this.#hints.grow(this.#index.size)) {
      this.#hinted = 0;
      this.#hashes ??= new Int32Array(FOUND_AT_ONCE);
    }
    if (this.#hashes === undefined) return;
    if (typeof key === 'string') this.#hints.remember(keyHash(key), place);
    this.#hint(HINTED);
  }

  /** The key at this place goes. */
  remove(identity: unknown, place: number): void {
    this.#goings++;
    this.#index.delete(identity);
    if (this.#hashes === undefined) return;
    const key = this.#places.key(place);
    if (typeof key === 'string') this.#hints.forget(keyHash(key), place);
  }

  #guessAll(keys: readonly K[], count: number, hashes: Int32Array, places: Int32Array): void {
    const hints = this.#hints;
    for (let n = 0; n < count; n++) hashes[n] = keyHash(keys[n]);
    hints.glance(hashes, count);
    for (let n = 0; n < count; n++) places[n] = hints.guess(hashes[n] as number);
    this.#places.glanceInto(places, count);
  }

  /** A guess is right if the same text is there: then it is the same key, whatever it is told apart by. */
  #findFrom(guess: number, hash: number, key: K): number {
    if (guess !== NOWHERE && this.#places.key(guess) === key) return guess;
    const place = this.#index.get(this.#identify(key));
    if (place !== NOWHERE && typeof key === 'string' && this.#places.key(place) === key) {
      this.#hints.remember(hash, place);
    }
    return place;
  }

  /** Puts so many places into hints that began anew. */
  #hint(count: number): void {
    const places = this.#places;
    const to = Math.min(places.end, this.#hinted + count);
    for (; this.#hinted < to; this.#hinted++) {
      const key = places.keyIfAny(this.#hinted);
      if (typeof key === 'string' && !places.isGone(this.#hinted)) this.#hints.remember(keyHash(key), this.#hinted);
    }
  }
}
