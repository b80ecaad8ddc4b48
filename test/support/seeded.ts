/** Random whole numbers that are the same for the same seed. */
export interface Seeded {
  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number;
  /** One of these. */
  pick<T>(from: readonly T[]): T;
  /** An array of a length from `least` to `most`. */
  list<T>(least: number, most: number, make: () => T): T[];
}

/** A generator for property tests; print the seed in the test's name. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    int,
    pick: (from) => from[int(0, from.length - 1)] as (typeof from)[number],
    list: (least, most, make) => Array.from({ length: int(least, most) }, make),
  };
}

/** The numbers from 1 to `count`, to be used as seeds. */
export function seeds(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
