import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Seeded } from '../../support/seeded.ts';
import { LINE_BYTES, linesOf, tidesOf } from './lines.ts';
import type { GrownLog } from './programs/linesOfFile.ts';
import type { LifeSettings } from './programs/live.ts';

/** What a program that reads a file is told. */
export type OverFile = Omit<LifeSettings, 'out' | 'kill'> & GrownLog;

/** A file that has grown to its end, to be read in batches of five lines under virtual time. */
export function grownLog(
  home: string,
  random: Seeded,
): { readonly lines: readonly string[]; readonly settings: OverFile } {
  const lines = linesOf(random, 0, 600);
  const log = join(home, 'log');
  writeFileSync(log, lines.map((line) => `${line}\n`).join(''));
  return {
    lines,
    settings: {
      interval: 1000,
      tides: tidesOf(random),
      ahead: random.int(1, 4),
      until: lines.length * LINE_BYTES,
      log,
      lineBytes: LINE_BYTES,
      linesPerBatch: 5,
    },
  };
}
