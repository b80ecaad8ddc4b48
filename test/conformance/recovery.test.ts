/** Recovery beyond Spark's own cases: every case that Spark's suites know of one life, in many, and files that come while nobody is there. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Case, expectedError, readCases } from './runner/Case.ts';
import { livesCase } from './runner/livesCase.ts';
import { type CheckpointPlace, PLACES } from './runner/places.ts';
import { planCase } from './runner/planCase.ts';
import { recoveryCase } from './runner/recoveryCase.ts';
import { allSteps } from './runner/refuseDifferences.ts';

const cases = readCases(fileURLToPath(new URL('.', import.meta.url))).filter(isRestartable);

/** Lists of batches through operators, which fail nowhere and differ nowhere on purpose. */
function isRestartable(given: Case): boolean {
  const { kind, operation, params, expected } = given;
  const isPlain =
    kind === 'dstream' && params.source === undefined && params.calls === undefined && operation !== 'print';
  if (!isPlain || expected === null || params.pipeline?.at(-1)?.op === 'print') return false;
  return !expected.some((value) => expectedError(value) !== undefined) && 'run' in planCase(given);
}

function batchesOf({ input, expected, expectedTimesMs, batchDurationMs }: Case): number {
  const lastMs = expectedTimesMs?.at(-1);
  return Math.max(input.length, lastMs === undefined ? (expected?.length ?? 0) : lastMs / (batchDurationMs as number));
}

/** Whether it keeps anything past a batch: a restart of the others writes files that say little. */
function hasState({ params }: Case): boolean {
  return allSteps(params.pipeline ?? []).some(({ op }) => /window|state/i.test(op));
}

/** The numbers from 1 on. */
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
const [memory, copies, folder] = PLACES as readonly [CheckpointPlace, CheckpointPlace, CheckpointPlace];
const named = (some: readonly Case[]): readonly (readonly [string, Case])[] => some.map((given) => [given.id, given]);

/** Stops it after every batch, all of them settled, or all at their output. */
async function restarted(given: Case, isAtOutput: boolean, place: CheckpointPlace): Promise<void> {
  const stopAfter = upTo(batchesOf(given) - 1);
  expect(await livesCase(given, { stopAfter, isAtOutput, place })()).toBeUndefined();
}

describe('what comes out stays the same', () => {
  it('of enough cases', () => {
    expect(cases.length).toBeGreaterThan(50);
    expect(cases.filter(hasState).length).toBeGreaterThan(25);
  });

  it.each(named(cases))('%s: with one restart, after any batch', async (_, given) => {
    for (const batch of upTo(batchesOf(given) - 1)) {
      for (const isAtOutput of [false, true]) {
        const mismatch = await livesCase(given, { stopAfter: [batch], isAtOutput, place: memory })();
        expect(mismatch, `stopped after ${batch}`).toBeUndefined();
      }
    }
  });

  it.each(named(cases))('%s: with a restart after every batch', async (_, given) => {
    await restarted(given, false, copies);
    await restarted(given, true, copies);
  });

  it.each(named(cases.filter(hasState)))('%s: with a restart in every batch, in a folder', (_, given) =>
    restarted(given, true, folder),
  );
});

/** Files that come one in each batch, each with a power of two, summed for ever; the context is stopped after the third batch. */
const sums = (expected: readonly number[], away: readonly number[] = []): Case => ({
  id: 'sums of files',
  kind: 'recovery',
  operation: 'checkpoint.recovery',
  params: {
    source: 'files',
    startClockMs: 12_000,
    stopAfterBatch: 3,
    pipeline: [
      { op: 'map', fn: 'toInt' },
      { op: 'reduceByWindow', reduce: 'sum', inverse: 'subtract', windowMs: 60_000, slideMs: 2000 },
    ],
  },
  batchDurationMs: 2000,
  input: [0, 1, 2, 3, 4, 5].map((at) => ({
    file: `file-${at}`,
    content: `${2 ** at}\n`,
    ...(away.includes(at) ? { mtimeMs: 18_500 + at, before: 'restart' } : { mtimeMs: 13_000 + 2000 * at }),
  })),
  expected: expected.map((sum) => [sum]),
  expectedTimesMs: expected.map((_, at) => 14_000 + 2000 * at),
  ordered: true,
});

describe('files under a checkpoint', () => {
  it('are taken once, before and after the restart', async () => {
    expect(await recoveryCase(sums([1, 3, 7, 15, 31, 63]))()).toBeUndefined();
  });

  it('are all taken in the first batch if they came while nobody was there', async () => {
    expect(await recoveryCase(sums([1, 3, 7, 31, 31, 63], [3, 4]))()).toBeUndefined();
  });

  it('and a sum that is wrong would be seen', async () => {
    expect(await recoveryCase(sums([1, 3, 7, 15, 31, 64]))()).toBeDefined();
  });
});
