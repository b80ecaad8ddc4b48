import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Told } from './tell.ts';

/** More than a batch needs on the busiest machine. */
const PATIENCE_MS = 30_000;

/** One life of the program, in a process of its own. */
export class Life {
  /** What each batch told, in order. */
  readonly batches: Required<Pick<Told, 'time' | 'totals'>>[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** `say` is told what the version says besides its totals. */
  constructor(version: string, args: readonly string[], say: (text: string) => void) {
    const program = fileURLToPath(new URL(`${version}.ts`, import.meta.url));
    this.#child = fork(program, args, { execArgv: process.execArgv });
    this.#ended = once(this.#child, 'exit');
    this.#child.on('message', ({ time, totals, warning, frequent }: Told) => {
      if (time !== undefined && totals !== undefined) this.batches.push({ time, totals });
      if (warning !== undefined) say(warning);
      if (frequent !== undefined) say(`'${frequent}' has become frequent`);
    });
  }

  /** How many words it has counted, those of the lives before included. */
  get words(): number {
    return (this.batches.at(-1)?.totals ?? []).reduce((sum, [, count]) => sum + count, 0);
  }

  /** Waits until it has told something of which this is so. */
  async until(isSo: (told: Told) => boolean): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    let listener: ((told: Told) => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        listener = (told): void => (isSo(told) ? resolve() : undefined);
        this.#child.on('message', listener);
        this.#child.once('exit', (code) => reject(new Error(`it ended by itself, with ${code}`)));
        patience = setTimeout(() => reject(new Error(`it has not come so far in ${PATIENCE_MS} ms`)), PATIENCE_MS);
      });
    } finally {
      clearTimeout(patience);
      if (listener !== undefined) this.#child.off('message', listener);
    }
  }

  /** Ends it, as `kill -9` does unless another signal is given; answers its exit code, `null` if it was killed. */
  async ended(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal);
    await this.#ended;
    return this.#child.exitCode;
  }
}
