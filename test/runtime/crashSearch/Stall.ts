import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { type Answer, promised } from '../../../src/core/Answer.ts';
import type { World } from './World.ts';

/** Where a process stalls: at which of its storage's writes, before or after it is done. */
export interface StallPoint {
  readonly call: number;
  readonly isDone: boolean;
}

/** Lets a process stall at one of the writes of its storage, until it is told to go on. */
export class Stall {
  readonly #at: StallPoint | undefined;
  #calls = 0;
  #goOn: () => void = () => {};
  #world: World | undefined;

  constructor(at?: StallPoint) {
    this.#at = at;
  }

  /** How many writes there were. */
  get calls(): number {
    return this.#calls;
  }

  storage(storage: LogStorage, world: World): LogStorage {
    this.#world = world;
    return {
      ...storage,
      append: (segment, bytes, isLasting) => this.#write(() => storage.append(segment, bytes, isLasting)),
      publish: (head) => this.#write(() => storage.publish(head)),
      remove: (segments) => this.#write(() => storage.remove(segments)),
    };
  }

  async goOn(): Promise<void> {
    if (this.#world?.stalled !== true) return;
    this.#world.stalled = false;
    this.#goOn();
    await this.#world.live();
  }

  async #write(write: () => Answer<void>): Promise<void> {
    const isHere = this.#calls++ === this.#at?.call;
    if (isHere && !this.#at?.isDone) await this.#stalled();
    await promised(write);
    if (isHere && this.#at?.isDone) await this.#stalled();
  }

  #stalled(): Promise<void> {
    if (this.#world !== undefined) this.#world.stalled = true;
    return new Promise((goOn) => {
      this.#goOn = goOn;
    });
  }
}
