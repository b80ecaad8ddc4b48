import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Seeded } from '../../support/seeded.ts';
import type { Kill } from './Steps.ts';
import type { StepsToKillAt } from './stepsToKillAt.ts';
import { type Written, writtenIn } from './Written.ts';

/** How long a life may take, which is far longer than any does. */
const PATIENCE_MS = 240_000;

/** Killed from outside, at a moment that nobody has chosen. */
export const FROM_OUTSIDE = 'from outside';

/** The end of one life. */
export interface Life {
  /** Where it was killed; `undefined`: it has ended in good order. */
  readonly killed: string | undefined;
  readonly written: readonly Written[];
  /** The last batch time that was told to have settled before a savepoint was made. */
  readonly saved: number;
}

/** How its lives end. */
export interface Deaths {
  readonly steps: StepsToKillAt;
  readonly kills: number;
  readonly random: Seeded;
}

/** A program, what it works on, and its lives so far. */
export class World {
  readonly #lives: Life[] = [];
  readonly #program: string;
  readonly #settings: object;
  readonly #folder: string;
  readonly #signal: AbortSignal;

  constructor(program: string, settings: object, folder: string, signal: AbortSignal) {
    this.#program = program;
    this.#settings = settings;
    this.#folder = folder;
    this.#signal = signal;
  }

  /**
   * Lets it live and be killed so many times, then live until its work is done. Every step comes once before one comes twice; `killed`
   * looks at what is left after each kill.
   */
  async livedThrough(
    { steps, kills, random }: Deaths,
    killed: (life: Life) => Promise<void>,
  ): Promise<readonly Life[]> {
    const cards: string[] = [];
    for (;;) {
      if (cards.length === 0) cards.push(...shuffled(Object.keys(steps), random));
      const step = cards.pop() as string;
      const kill = { step, nth: random.int(1, steps[step] as number), atLatest: 12 };
      const life = await this.#live(this.#lives.length < kills ? kill : undefined, random);
      if (life.killed === undefined) return this.#lives;
      await killed(life);
    }
  }

  async #live(kill: Kill | undefined, random: Seeded): Promise<Life> {
    const out = join(this.#folder, `life-${this.#lives.length}`);
    const isFromOutside = kill?.step === FROM_OUTSIDE;
    const settings = { ...this.#settings, out, ...(kill === undefined || isFromOutside ? {} : { kill }) };
    const child = spawn(process.execPath, [this.#program, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.#signal,
      killSignal: 'SIGKILL',
    });
    let said = '';
    let errors = '';
    let settled = 0;
    const spin = random.int(0, 300_000);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      settled += text.split('settled').length - 1;
      if (!isFromOutside || settled < kill.nth || child.killed) return;
      // Another moment each time, without a clock.
      for (let turn = 0; turn < spin; turn++) Math.random();
      child.kill('SIGKILL');
    });
    const overdue = setTimeout(() => child.kill('SIGTERM'), PATIENCE_MS);
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    clearTimeout(overdue);
    if (signal !== 'SIGKILL' && code !== 0) {
      const how = signal === 'SIGTERM' ? 'did not end' : `ended with ${code ?? signal}`;
      throw new Error(`life ${this.#lives.length} (${JSON.stringify(kill)}) ${how}:\n${errors}\n${said.slice(-300)}`);
    }
    const told = /killed (.+)\n/.exec(said)?.[1];
    const life: Life = {
      killed: signal === 'SIGKILL' ? (told ?? FROM_OUTSIDE) : undefined,
      written: writtenIn(readTextIfAny(out)),
      saved: Math.max(...[...said.matchAll(/^saved (\d+)$/gm)].map(([, time]) => Number(time))),
    };
    this.#lives.push(life);
    return life;
  }
}

function readTextIfAny(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function shuffled<T>(list: readonly T[], random: Seeded): readonly T[] {
  const shuffled = [...list];
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = random.int(0, at);
    [shuffled[at], shuffled[other]] = [shuffled[other] as T, shuffled[at] as T];
  }
  return shuffled;
}
