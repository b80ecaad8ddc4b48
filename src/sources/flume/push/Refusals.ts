import type { ReceiverHost } from '../../receiver/Receiver.ts';

/** Tells of connections that were ended: the first at once, those that follow soon after it together, so that a scanner is no flood. */
export class Refusals {
  readonly #host: ReceiverHost;
  #last = '';
  #count = 0;
  #isMalformed = false;
  #isQuiet = false;

  constructor(host: ReceiverHost) {
    this.#host = host;
  }

  tell(reason: string, isMalformed: boolean): void {
    this.#last = reason;
    this.#count++;
    this.#isMalformed ||= isMalformed;
    if (this.#isQuiet) return;
    this.#isQuiet = true;
    this.#report();
  }

  /** Some time has passed. */
  flush(): void {
    if (this.#count > 0) this.#report();
    else this.#isQuiet = false;
  }

  #report(): void {
    const many = this.#count === 1 ? 'a connection was' : `${this.#count} connections were`;
    const which = this.#count === 1 ? '' : 'the last one, ';
    const code = this.#isMalformed ? 'DATA_CORRUPT' : 'PEER_REFUSED';
    this.#host.report(code, `${many} ended: ${which}${this.#last}.`, { count: this.#count });
    this.#count = 0;
    this.#isMalformed = false;
  }
}
