import { deserialize, serialize } from 'node:v8';
import type { StateValues, ValueStore } from '../../src/core/state/StateValues.ts';

/** A store of values that keeps copies of them, and is strict with who asks. */
export class CopiedValues implements ValueStore {
  readonly #bytes = new Map<number, Buffer>();
  isClosed = false;
  reads = 0;
  writes = 0;
  /** Is called before values are written. */
  onWrite: () => void = () => {};

  get highest(): number {
    return Math.max(-1, ...this.#bytes.keys());
  }

  read(slot: number): unknown {
    this.#assertOpen();
    const bytes = this.#bytes.get(slot);
    if (bytes === undefined) throw new Error(`slot ${slot} was never written`);
    this.reads++;
    return deserialize(bytes);
  }

  write(slots: readonly number[], values: readonly unknown[]): void {
    this.#assertOpen();
    this.onWrite();
    if (new Set(slots).size !== slots.length || slots.length !== values.length) throw new Error('slots given twice');
    this.writes++;
    for (const [n, slot] of slots.entries()) this.#bytes.set(slot, serialize(values[n]));
  }

  close(): void {
    this.isClosed = true;
  }

  #assertOpen(): void {
    if (this.isClosed) throw new Error('the store is closed');
  }
}

/** Values behind a cache, with the stores that were opened for them. */
export function copiedValues(cachedValues: number): StateValues & { readonly opened: CopiedValues[] } {
  const opened: CopiedValues[] = [];
  return {
    cachedValues,
    opened,
    open() {
      const store = new CopiedValues();
      opened.push(store);
      return store;
    },
  };
}
