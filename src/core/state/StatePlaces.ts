import { BITS, CHUNK, type Chunk, GONE, isFull, NEXT, newChunk, PREVIOUS, SMALL, takePlace } from './PlaceChunk.ts';
import { NOWHERE } from './PlaceIndex.ts';

/** What belongs to a place lies side by side, so that far from the caches one look brings all of it near. */
const KEY = 0;
const VALUE = 1;
const TOUCHED = 2;
const TAG = 3;

/**
 * Keys and values in long columns, each at a place that stays the same for as long as the key is there, linked in order of insertion.
 * Columns rather than an object for each key: half the memory, and a garbage collector that has less to look at.
 *
 * A place that is given back is taken again by a later key; a chunk that is empty vanishes.
 */
export class StatePlaces<K, V> {
  readonly #chunks: (Chunk | undefined)[] = [];
  /** The numbers of all chunks that have room. */
  readonly #roomy: number[] = [];
  /** The numbers of chunks that have vanished. */
  readonly #vacant: number[] = [];
  /** Of no use, but looking at places for nothing would be optimised away. */
  seen = 0;
  #first = NOWHERE;
  #last = NOWHERE;
  /** The id of the next key that comes; `undefined` while nobody has asked for ids: then they cost nothing. */
  #nextId: number | undefined;

  get first(): number {
    return this.#first;
  }

  key(place: number): K {
    return this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 2) + KEY] as K;
  }

  value(place: number): V {
    return this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 2) + VALUE] as V;
  }

  setValue(place: number, value: V): void {
    this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 2) + VALUE] = value;
  }

  // ---- what was before a change: here the values themselves ------------------------------------------------------

  /** Keeps this value of a place for {@link StatePlaces.valueHeld}, before it is replaced by {@link StatePlaces.renew}. */
  held(_place: number, value: V): V {
    return value;
  }

  /** Keeps the value of a place, whose key goes. */
  heldNow(place: number): V {
    return this.value(place);
  }

  valueHeld(held: V, _place: number): V {
    return held;
  }

  /** Sets the value of a place whose value of before is held. */
  renew(place: number, value: V): void {
    this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 2) + VALUE] = value;
  }

  /** What was held will be asked for no more. */
  letGo(_place: number, _held: V): void {}

  /** What is held from here on will never be asked for. */
  forgetBefore(): void {}

  /** Nothing will be asked for any more. */
  close(): void {}

  /** A number that belongs to whoever works with this state; 0 at first, in no checkpoint. */
  tag(place: number): number {
    return this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 2) + TAG] as number;
  }

  setTag(place: number, tag: number): void {
    this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 2) + TAG] = tag;
  }

  /**
   * Looks at these places, for nothing but that they are near then. Far from the caches a processor waits for many of them
   * at once if there is little to do for each; if each is worked on before the next one it waits for one after another.
   */
  glance(places: Int32Array, from: number, to: number): void {
    const chunks = this.#chunks;
    let seen = 0;
    for (let n = from; n < to; n++) {
      const place = places[n] as number;
      if (place !== NOWHERE)
        seen ^= (chunks[place >>> BITS] as Chunk).entries[((place & (CHUNK - 1)) << 2) + TAG] as number;
    }
    this.seen = seen;
  }

  /**
   * Looks at the keys and values of these places, for nothing but that they are near then. Each kind of memory is looked at for all
   * places before the next kind: what is looked at next depends on what was looked at before.
   */
  glanceInto(places: Int32Array, to: number): void {
    const chunks = this.#chunks;
    this.glance(places, 0, to);
    let seen = this.seen;
    for (let n = 0; n < to; n++) {
      const place = places[n] as number;
      if (place === NOWHERE) continue;
      const { entries } = chunks[place >>> BITS] as Chunk;
      const at = (place & (CHUNK - 1)) << 2;
      if (typeof entries[at + KEY] === 'string') seen++;
      if (typeof entries[at + VALUE] === 'object') seen++;
    }
    this.seen = seen;
  }

  /** The key at a place; `undefined` where no key has ever been. */
  keyIfAny(place: number): K | undefined {
    return this.#chunks[place >>> BITS]?.entries[((place & (CHUNK - 1)) << 2) + KEY] as K | undefined;
  }

  /** Every place is below this. */
  get end(): number {
    return this.#chunks.length << BITS;
  }

  /** Says that a place is touched in this epoch, and whether it was not before. */
  touch(place: number, epoch: number): boolean {
    const { entries } = this.#chunkOf(place);
    const at = ((place & (CHUNK - 1)) << 2) + TOUCHED;
    if (entries[at] === epoch) return false;
    entries[at] = epoch;
    return true;
  }

  /** Whether ids are given. */
  get hasIds(): boolean {
    return this.#nextId !== undefined;
  }

  /** Gives ids from here on: to all keys that are there, in their order, and to those that come. */
  giveIds(): void {
    if (this.#nextId !== undefined) return;
    this.#nextId = 1;
    for (const chunk of this.#chunks) if (chunk !== undefined) chunk.ids = new Float64Array(chunk.links.length >> 1);
    for (let at = this.#first; at !== NOWHERE; at = this.next(at)) this.#giveId(at);
  }

  /** The id of the key at a place, also when it has just gone. */
  id(place: number): number {
    return (this.#chunkOf(place).ids as Float64Array)[place & (CHUNK - 1)] as number;
  }

  /** The next key gets this id; later ones higher ones. Needs {@link StatePlaces.giveIds} first. */
  goOnWithId(id: number): void {
    this.#nextId = id;
  }

  isGone(place: number): boolean {
    return this.#link(place, NEXT) === GONE;
  }

  /** The one before; of a place that is gone, the one that was before it when it went. */
  previous(place: number): number {
    return this.#link(place, PREVIOUS);
  }

  /** The one after; of a place that is gone, the first of those after it that are still there. */
  next(place: number): number {
    const next = this.#link(place, NEXT);
    if (next !== GONE) return next;
    let before = place;
    while (before !== NOWHERE && this.isGone(before)) before = this.previous(before);
    return before === NOWHERE ? this.#first : this.#link(before, NEXT);
  }

  /** Takes a place at the end of the order. */
  add(key: K, value: V): number {
    const number = this.#roomyChunk();
    const chunk = this.#chunks[number] as Chunk;
    const at = takePlace(chunk);
    if (isFull(chunk)) this.#roomy.pop();
    const place = (number << BITS) | at;
    const { entries, links } = chunk;
    entries[(at << 2) + KEY] = key;
    entries[(at << 2) + VALUE] = value;
    entries[(at << 2) + TOUCHED] = 0;
    entries[(at << 2) + TAG] = 0;
    links[(at << 1) + NEXT] = NOWHERE;
    links[(at << 1) + PREVIOUS] = this.#last;
    if (this.#last === NOWHERE) this.#first = place;
    else this.#setLink(this.#last, NEXT, place);
    this.#last = place;
    if (this.#nextId !== undefined) this.#giveId(place);
    return place;
  }

  /** Takes a place out of the order. Its key and value can be looked at until it is given back. */
  remove(place: number): void {
    const next = this.#link(place, NEXT);
    const previous = this.#link(place, PREVIOUS);
    if (previous === NOWHERE) this.#first = next;
    else this.#setLink(previous, NEXT, next);
    if (next === NOWHERE) this.#last = previous;
    else this.#setLink(next, PREVIOUS, previous);
    this.#setLink(place, NEXT, GONE);
  }

  /** Gives back a place that was removed. */
  release(place: number): void {
    const number = place >>> BITS;
    const chunk = this.#chunkOf(place);
    const at = place & (CHUNK - 1);
    chunk.entries[(at << 2) + KEY] = undefined;
    chunk.entries[(at << 2) + VALUE] = undefined;
    if (isFull(chunk)) this.#roomy.push(number);
    chunk.links[(at << 1) + NEXT] = chunk.free;
    chunk.free = at;
    chunk.taken--;
    if (chunk.taken > 0) return;
    this.#chunks[number] = undefined;
    this.#vacant.push(number);
    this.#roomy.splice(this.#roomy.indexOf(number), 1);
  }

  #giveId(place: number): void {
    (this.#chunkOf(place).ids as Float64Array)[place & (CHUNK - 1)] = this.#nextId as number;
    this.#nextId = (this.#nextId as number) + 1;
  }

  #chunkOf(place: number): Chunk {
    return this.#chunks[place >>> BITS] as Chunk;
  }

  #link(place: number, link: number): number {
    return this.#chunkOf(place).links[((place & (CHUNK - 1)) << 1) + link] as number;
  }

  #setLink(place: number, link: number, value: number): void {
    this.#chunkOf(place).links[((place & (CHUNK - 1)) << 1) + link] = value;
  }

  /** The last of the roomy chunks, a new one if there is none. */
  #roomyChunk(): number {
    const roomy = this.#roomy.at(-1);
    if (roomy !== undefined) return roomy;
    const number = this.#vacant.pop() ?? this.#chunks.length;
    this.#chunks[number] = newChunk(number === 0 ? SMALL : CHUNK, this.#nextId !== undefined);
    this.#roomy.push(number);
    return number;
  }
}
