import { setImmediate as turn } from 'node:timers/promises';

/** One way to do the same work. */
export interface Contender {
  /** Does its work once and answers how many units it did: records, words, slides. */
  work(): number | Promise<number>;
  /** How often its work is repeated in one round; for work that is over too soon to be measured. Default 1. */
  readonly repeat?: number;
}

/** The medians of one contender over all rounds. */
export interface Rates {
  /** Units per second as they pass. */
  readonly median: number;
  /** Units per second of processor time, all threads together: what other programs on the machine disturb less. */
  readonly perCpuSecond: number;
}

/** How long and how often is measured. */
export interface Rounds {
  /** Rounds that count. */
  readonly rounds: number;
  /** Rounds before them that do not. */
  readonly warmUp: number;
}

/**
 * Measures contenders in turns, A B C A B C, so that what disturbs the machine disturbs all of them alike. The young
 * garbage of one is collected before the turn of the next (run with `--expose-gc`); a full collection would also throw away
 * compiled code, which no running program does.
 */
export async function interleaved<N extends string>(
  contenders: Readonly<Record<N, Contender>>,
  { rounds, warmUp }: Rounds,
): Promise<Readonly<Record<N, Rates>>> {
  const names = Object.keys(contenders) as N[];
  const turns = new Map<N, Turn[]>(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const taken = await turnOf(contenders[name]);
      if (round >= 0) turns.get(name)?.push(taken);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medians(turns.get(name) ?? [])])) as Record<N, Rates>;
}

interface Turn {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

async function turnOf({ work, repeat = 1 }: Contender): Promise<Turn> {
  globalThis.gc?.({ type: 'minor' });
  await turn();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let units = 0;
  for (let n = 0; n < repeat; n++) units += await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: units / seconds, perCpuSecond: (units / (user + system)) * 1e6 };
}

function medians(turns: readonly Turn[]): Rates {
  const median = (of: (taken: Turn) => number): number =>
    quantile(
      turns.map(of).sort((a, b) => a - b),
      0.5,
    );
  return { median: median(({ perSecond }) => perSecond), perCpuSecond: median(({ perCpuSecond }) => perCpuSecond) };
}

/** A quantile of figures in rising order. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
