import { type Case, NotRun } from './Case.ts';
import type { Mismatch, RunCase } from './dstreamCase.ts';
import { filesRecoveryCase } from './filesRecoveryCase.ts';
import { livesCase } from './livesCase.ts';
import { PLACES } from './places.ts';

/**
 * A case of kind `recovery`: the context is stopped after a batch, and a new one goes on from its checkpoint. Every case is run over
 * every place of checkpoints, and twice over each: stopped when the batch has settled, and stopped while the batch is at its
 * output, so that it runs again.
 */
export function recoveryCase(given: Case): RunCase {
  const { source, stopAfterBatch } = given.params;
  if (!Number.isInteger(stopAfterBatch)) throw new Error('expected a whole number as stopAfterBatch');
  const lives = source === undefined ? livesCase : source === 'files' ? filesRecoveryCase : undefined;
  if (lives === undefined) throw new NotRun(`'${source}' cannot be read again: nothing of it could be recovered`);
  const runs = PLACES.flatMap((place) =>
    [false, true].map((isAtOutput) => lives(given, { stopAfter: [stopAfterBatch as number], isAtOutput, place })),
  );
  return async () => {
    let mismatch: Mismatch;
    for (const run of runs) mismatch ??= await run();
    return mismatch;
  };
}
