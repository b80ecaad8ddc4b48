import { deepFreeze } from './deepFreeze.ts';
import { doubled } from './doubled.ts';
import type { StateValues, ValueStore } from './StateValues.ts';
import type { StoredForm } from './StoredForm.ts';

/** As many values are moved out at once at most: written together they cost much less. */
const AT_ONCE = 1024;

/** In place of a cell: the value is in the store and not here. */
const ELSEWHERE = -1;
/** In place of a slot: the cell is empty. */
const EMPTY = -1;

/** What is known of a cell. */
const USED = 1;
const UNWRITTEN = 2;

/** How values are written down and read again. */
export interface CachedForm<K, V> {
  readonly form: StoredForm<K, V> | undefined;
  readonly freeze: boolean;
}

/**
 * Values by slots, as many as the cache holds of them in memory and the others in a store. A slot is a number that whoever adds a value is
 * given for it, and that is another value's once it was freed.
 *
 * What is moved out is decided by a clock: a hand goes round the cells and takes what was not used since it came by last. A value that was
 * looked at once, as by somebody who goes through all of them, goes before those that were used again.
 */
export class CachedValues<K, V> {
  readonly #store: ValueStore;
  readonly #limit: number;
  readonly #form: StoredForm<K, V> | undefined;
  readonly #freeze: boolean;
  /** The cell of each slot, or `ELSEWHERE`. */
  #cells: Int32Array = new Int32Array(16).fill(ELSEWHERE);
  /** Slots that were used and are free; of the array as many as `#free` says. */
  #freeSlots: Int32Array = new Int32Array(16);
  #free = 0;
  /** Slots that were ever used. */
  #begun = 0;
  // By cell:
  readonly #values: (V | undefined)[] = [];
  readonly #keys: (K | undefined)[] = [];
  readonly #slots: number[] = [];
  readonly #marks: number[] = [];
  readonly #emptyCells: number[] = [];
  #hand = 0;

  constructor({ cachedValues }: StateValues, store: ValueStore, { form, freeze }: CachedForm<K, V>) {
    this.#store = store;
    this.#limit = cachedValues;
    this.#form = form;
    this.#freeze = freeze;
  }

  /** Takes a value in and gives its slot; the key is for messages. */
  add(key: K, value: V): number {
    const slot = this.#newSlot();
    this.#put(this.#emptyCell(), slot, key, value, UNWRITTEN);
    return slot;
  }

  read(slot: number, key: K): V {
    const known = this.#cells[slot] as number;
    if (known !== ELSEWHERE) {
      this.#marks[known] = (this.#marks[known] as number) | USED;
      return this.#values[known] as V;
    }
    const stored = this.#store.read(slot);
    const value = this.#form === undefined ? (stored as V) : this.#form.decode(stored, key);
    if (this.#freeze) deepFreeze(value);
    this.#put(this.#emptyCell(), slot, key, value, 0);
    return value;
  }

  /** Puts another value into a slot. */
  replace(slot: number, key: K, value: V): void {
    const known = this.#cells[slot] as number;
    this.#put(known === ELSEWHERE ? this.#emptyCell() : known, slot, key, value, USED | UNWRITTEN);
  }

  /** A value that is likely to be asked for no more. */
  leave(slot: number): void {
    const cell = this.#cells[slot] as number;
    if (cell !== ELSEWHERE) this.#marks[cell] = (this.#marks[cell] as number) & ~USED;
  }

  free(slot: number): void {
    const cell = this.#cells[slot] as number;
    if (cell !== ELSEWHERE) {
      this.#cells[slot] = ELSEWHERE;
      this.#empty(cell);
    }
    if (this.#free === this.#freeSlots.length) this.#freeSlots = doubled(this.#freeSlots);
    this.#freeSlots[this.#free++] = slot;
  }

  close(): void {
    this.#store.close();
  }

  #put(cell: number, slot: number, key: K, value: V, marks: number): void {
    this.#cells[slot] = cell;
    this.#slots[cell] = slot;
    this.#keys[cell] = key;
    this.#values[cell] = value;
    this.#marks[cell] = marks;
  }

  #empty(cell: number): void {
    this.#slots[cell] = EMPTY;
    this.#keys[cell] = undefined;
    this.#values[cell] = undefined;
    this.#marks[cell] = 0;
    this.#emptyCells.push(cell);
  }

  #newSlot(): number {
    if (this.#free > 0) return this.#freeSlots[--this.#free] as number;
    const slot = this.#begun++;
    if (slot === this.#cells.length) {
      this.#cells = doubled(this.#cells);
      this.#cells.fill(ELSEWHERE, slot);
    }
    return slot;
  }

  #emptyCell(): number {
    const empty = this.#emptyCells.pop();
    if (empty !== undefined) return empty;
    if (this.#values.length < this.#limit) {
      this.#slots.push(EMPTY);
      this.#keys.push(undefined);
      this.#marks.push(0);
      return this.#values.push(undefined) - 1;
    }
    this.#moveOut();
    return this.#emptyCells.pop() as number;
  }

  /** Makes room: for some more than one, so that those that are not written yet are written together. */
  #moveOut(): void {
    const leaving = this.#leaving(Math.min(AT_ONCE, Math.ceil(this.#limit / 8)));
    const unwritten = leaving.filter((cell) => ((this.#marks[cell] as number) & UNWRITTEN) !== 0);
    if (unwritten.length > 0) {
      const slots = unwritten.map((cell) => this.#slots[cell] as number);
      this.#store.write(
        slots,
        unwritten.map((cell) => this.#written(cell)),
      );
    }
    for (const cell of leaving) {
      this.#cells[this.#slots[cell] as number] = ELSEWHERE;
      this.#empty(cell);
    }
  }

  /** The next cells that were not used since the hand came by last. All cells are full. */
  #leaving(count: number): readonly number[] {
    const leaving: number[] = [];
    const go = (): void => {
      for (let n = 0; n < this.#limit && leaving.length < count; n++) {
        const cell = this.#hand;
        const marks = this.#marks[cell] as number;
        if ((marks & USED) === 0) leaving.push(cell);
        else this.#marks[cell] = marks & ~USED;
        this.#hand = cell + 1 === this.#limit ? 0 : cell + 1;
      }
    };
    go();
    // All of them were used: none of them is marked now.
    if (leaving.length === 0) go();
    return leaving;
  }

  #written(cell: number): unknown {
    const value = this.#values[cell] as V;
    return this.#form === undefined ? value : this.#form.encode(value, this.#keys[cell] as K);
  }
}
