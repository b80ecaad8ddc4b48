import { writeSync } from 'node:fs';

/** Where a life can be made to end: the n-th time that it comes by this step. */
export interface Kill {
  readonly step: string;
  readonly nth: number;
  /** Where it does not come by that often: so many batches have settled. */
  readonly atLatest: number;
}

/** What a process comes by; ends it with `kill -9` where it was asked for. */
export class Steps {
  readonly #kill: Kill | undefined;
  #passed = 0;
  #settled = 0;

  constructor(kill: Kill | undefined) {
    this.#kill = kill;
  }

  /** Comes by a step; does not return if this is where the life ends. */
  pass(step: string): void {
    if (this.isDue(step)) die(step);
  }

  /** Comes by a step, and says whether the life is to end in it; whoever asks does that by `die`. */
  isDue(step: string): boolean {
    return step === this.#kill?.step && ++this.#passed === this.#kill.nth;
  }

  /** A batch has settled. */
  settled(): void {
    this.pass('after settle');
    if (++this.#settled === this.#kill?.atLatest) die('at last');
  }
}

/** Says where, and is dead before the call returns. */
export function die(step: string): never {
  writeSync(1, `killed ${step}\n`);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('alive after kill -9');
}
