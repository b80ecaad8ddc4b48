import type { Case } from './Case.ts';
import type { Mismatch, RunCase } from './dstreamCase.ts';
import { type PlannedCase, planCase } from './planCase.ts';

/** Milliseconds of real time that a case may take. */
const PATIENCE = 30_000;

/** A case ready to be run, or why it is not: never throws, whatever the case looks like, and its run always comes to an end. */
export function safelyPlanned(given: Case): PlannedCase {
  try {
    const planned = planCase(given);
    return 'run' in planned ? { id: planned.id, run: () => inTime(planned.run) } : planned;
  } catch (error) {
    return { id: String(given?.id), run: async () => malformed(error) };
  }
}

async function inTime(run: RunCase): Promise<Mismatch> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Mismatch>((resolve) => {
    timer = setTimeout(() => resolve({ expected: 'an end', got: `none within ${PATIENCE} ms` }), PATIENCE);
  });
  try {
    return await Promise.race([run(), tooLate]);
  } catch (error) {
    return malformed(error);
  } finally {
    clearTimeout(timer);
  }
}

function malformed(error: unknown): Mismatch {
  return { expected: 'a case the runner can make sense of', got: String(error) };
}
