import { setImmediate as turn } from 'node:timers/promises';

/** One way to do the same work. */
export interface Contender {
  /** Does its work once and answers how many units it did: records, words, slides. */
  work(): number | Promise<number>;
  /** How often its work is repeated in one round; for work that is over too soon to be measured. Default 1. */
  readonly repeat?: number;
}

/** The figures of one contender over all rounds: units per second. */
export interface Rates {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
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
  const rates = new Map<N, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const rate = await rateOf(contenders[name]);
      if (round >= 0) rates.get(name)?.push(rate);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(rates.get(name) ?? [])])) as Record<N, Rates>;
}

async function rateOf({ work, repeat = 1 }: Contender): Promise<number> {
  globalThis.gc?.({ type: 'minor' });
  await turn();
  const begun = performance.now();
  let units = 0;
  for (let n = 0; n < repeat; n++) units += await work();
  return (units / (performance.now() - begun)) * 1000;
}

function summary(rates: readonly number[]): Rates {
  const sorted = rates.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), lowest: sorted[0] ?? Number.NaN, highest: sorted.at(-1) ?? Number.NaN };
}

/** A quantile of figures in rising order. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
