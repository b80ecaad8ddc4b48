import { join } from 'node:path';
import { type Case, caseFiles, readFileCases } from './Case.ts';
import { safelyPlanned } from './runCase.ts';

/** How many cases of a folder came out how. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs all cases of a folder; tells `line` each failure, each case not run, and at last the tally. */
export async function runFolder(folder: string, line: (text: string) => void): Promise<Tally> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const name of caseFiles(folder)) {
    for (const given of casesOf(join(folder, name))) {
      if (given instanceof Error) {
        failed++;
        line(`FAILED  ${name}: expected an array of cases, got ${given.message}`);
        continue;
      }
      const planned = safelyPlanned(given);
      if ('reason' in planned) {
        skipped++;
        line(`skipped ${planned.id}: ${planned.reason}`);
        continue;
      }
      const mismatch = await planned.run();
      if (mismatch === undefined) {
        passed++;
        continue;
      }
      failed++;
      line(`FAILED  ${planned.id}: expected ${JSON.stringify(mismatch.expected)}, got ${JSON.stringify(mismatch.got)}`);
    }
  }
  line(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return { passed, failed, skipped };
}

/** The cases of a file, or what is wrong with it. */
function casesOf(path: string): readonly (Case | Error)[] {
  try {
    return readFileCases(path);
  } catch (error) {
    return [error as Error];
  }
}
