import { NOWHERE } from './PlaceIndex.ts';

/** Places in one chunk. */
const CHUNK = 4096;
const BITS = 12;
/** The first chunk begins small: most states have few keys. */
const SMALL = 8;

/** Four whole numbers of each place lie side by side. */
const NEXT = 0;
const PREVIOUS = 1;
const TOUCHED = 2;
const TAG = 3;
/** In place of the next one: there is no key here any more. */
const GONE = -2;

interface Chunk {
  /** Key and value of each place, side by side. */
  readonly entries: unknown[];
  marks: Int32Array;
  /** Places that are taken; a chunk without any vanishes. */
  taken: number;
  /** Head of the list of free places, linked by their `NEXT`. */
  free: number;
  /** Places that were taken once. */
  begun: number;
}

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
  #first = NOWHERE;
  #last = NOWHERE;

  get first(): number {
    return this.#first;
  }

  key(place: number): K {
    return this.#chunkOf(place).entries[(place & (CHUNK - 1)) << 1] as K;
  }

  value(place: number): V {
    return this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 1) + 1] as V;
  }

  setValue(place: number, value: V): void {
    this.#chunkOf(place).entries[((place & (CHUNK - 1)) << 1) + 1] = value;
  }

  /** A number that belongs to whoever works with this state; 0 at first, in no checkpoint. */
  tag(place: number): number {
    return this.#mark(place, TAG);
  }

  setTag(place: number, tag: number): void {
    this.#setMark(place, TAG, tag);
  }

  /** Says that a place is touched in this epoch, and whether it was not before. */
  touch(place: number, epoch: number): boolean {
    const { marks } = this.#chunkOf(place);
    const at = ((place & (CHUNK - 1)) << 2) + TOUCHED;
    if (marks[at] === epoch) return false;
    marks[at] = epoch;
    return true;
  }

  isGone(place: number): boolean {
    return this.#mark(place, NEXT) === GONE;
  }

  /** The one before; of a place that is gone, the one that was before it when it went. */
  previous(place: number): number {
    return this.#mark(place, PREVIOUS);
  }

  /** The one after; of a place that is gone, the first of those after it that are still there. */
  next(place: number): number {
    const next = this.#mark(place, NEXT);
    if (next !== GONE) return next;
    let before = place;
    while (before !== NOWHERE && this.isGone(before)) before = this.previous(before);
    return before === NOWHERE ? this.#first : this.#mark(before, NEXT);
  }

  /** Takes a place at the end of the order. */
  add(key: K, value: V): number {
    const number = this.#roomyChunk();
    const chunk = this.#chunks[number] as Chunk;
    const at = takePlace(chunk);
    if (isFull(chunk)) this.#roomy.pop();
    const place = (number << BITS) | at;
    chunk.entries[at << 1] = key;
    chunk.entries[(at << 1) + 1] = value;
    const { marks } = chunk;
    marks[(at << 2) + NEXT] = NOWHERE;
    marks[(at << 2) + PREVIOUS] = this.#last;
    marks[(at << 2) + TOUCHED] = 0;
    marks[(at << 2) + TAG] = 0;
    if (this.#last === NOWHERE) this.#first = place;
    else this.#setMark(this.#last, NEXT, place);
    this.#last = place;
    return place;
  }

  /** Takes a place out of the order. Its key and value can be looked at until it is given back. */
  remove(place: number): void {
    const next = this.#mark(place, NEXT);
    const previous = this.#mark(place, PREVIOUS);
    if (previous === NOWHERE) this.#first = next;
    else this.#setMark(previous, NEXT, next);
    if (next === NOWHERE) this.#last = previous;
    else this.#setMark(next, PREVIOUS, previous);
    this.#setMark(place, NEXT, GONE);
  }

  /** Gives back a place that was removed. */
  release(place: number): void {
    const number = place >>> BITS;
    const chunk = this.#chunkOf(place);
    const at = place & (CHUNK - 1);
    chunk.entries[at << 1] = undefined;
    chunk.entries[(at << 1) + 1] = undefined;
    if (isFull(chunk)) this.#roomy.push(number);
    chunk.marks[(at << 2) + NEXT] = chunk.free;
    chunk.free = at;
    chunk.taken--;
    if (chunk.taken > 0) return;
    this.#chunks[number] = undefined;
    this.#vacant.push(number);
    this.#roomy.splice(this.#roomy.indexOf(number), 1);
  }

  #chunkOf(place: number): Chunk {
    return this.#chunks[place >>> BITS] as Chunk;
  }

  #mark(place: number, mark: number): number {
    return this.#chunkOf(place).marks[((place & (CHUNK - 1)) << 2) + mark] as number;
  }

  #setMark(place: number, mark: number, value: number): void {
    this.#chunkOf(place).marks[((place & (CHUNK - 1)) << 2) + mark] = value;
  }

  /** The last of the roomy chunks, a new one if there is none. */
  #roomyChunk(): number {
    const roomy = this.#roomy.at(-1);
    if (roomy !== undefined) return roomy;
    const number = this.#vacant.pop() ?? this.#chunks.length;
    const places = number === 0 ? SMALL : CHUNK;
    this.#chunks[number] = {
      entries: [],
      marks: new Int32Array(places << 2),
      taken: 0,
      free: NOWHERE,
      begun: 0,
    };
    this.#roomy.push(number);
    return number;
  }
}

function isFull({ free, begun }: Chunk): boolean {
  return free === NOWHERE && begun === CHUNK;
}

function takePlace(chunk: Chunk): number {
  chunk.taken++;
  const { free } = chunk;
  if (free !== NOWHERE) {
    chunk.free = chunk.marks[(free << 2) + NEXT] as number;
    return free;
  }
  const at = chunk.begun++;
  if (at << 2 === chunk.marks.length) {
    const larger = new Int32Array(chunk.marks.length * 2);
    larger.set(chunk.marks);
    chunk.marks = larger;
  }
  return at;
}
