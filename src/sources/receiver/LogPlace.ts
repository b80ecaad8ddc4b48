import { type Answer, isPending, promised, thenAnswer } from '../../core/Answer.ts';
import type { BlockLog } from './BlockLog.ts';

/** Where the log of a source is while no run has it: the next run goes on with the same one, once it is closed. */
export class LogPlace {
  readonly #make: () => BlockLog;
  #parked: BlockLog | undefined;
  #closing: Answer<void> = undefined;

  constructor(make: () => BlockLog) {
    this.#make = make;
  }

  /** The log that was parked here; a new one if there is none, as somebody else has it. */
  take(): Answer<BlockLog> {
    return thenAnswer(this.#closing, () => {
      const log = this.#parked ?? this.#make();
      this.#parked = undefined;
      return log;
    });
  }

  /** Somebody is about to park his log, and has when `closing` is answered. */
  leave(closing: Answer<void>): void {
    if (!isPending(closing)) return;
    const over = (): void => {
      if (this.#closing === closed) this.#closing = undefined;
    };
    const closed = promised(() => closing).then(over, over);
    this.#closing = closed;
  }

  park(log: BlockLog): void {
    this.#parked = log;
  }
}
