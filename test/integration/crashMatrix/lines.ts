import type { Seeded } from '../../support/seeded.ts';

/** Lines of one partition; all have the same length, so that so many bytes are so many lines. */
export function linesOf(random: Seeded, partition: number, count: number): readonly string[] {
  // Some keys come often, some are gone for a while: states time out, windows empty.
  return Array.from({ length: count }, (_, at) => {
    const era = Math.floor(at / 40) % 3;
    const key = `k${random.int(0, 1) === 0 ? random.int(0, 3) : random.int(4, 9) + era * 6}`;
    const line = `p${partition} ${at} ${key} ${random.int(-3, 6)}`;
    return line.padEnd(LINE_BYTES - 1);
  });
}

/** With its end. */
export const LINE_BYTES = 24;

/** In some worlds settlements and merges are small, in others they are written in several pieces. */
export function tidesOf(random: Seeded): number {
  return random.pick([0, 0, 6000]);
}
