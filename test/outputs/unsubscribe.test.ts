/** Whoever leaves a stream while an output is at work leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MonoTypeOperatorFunction, NEVER, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { foreachRecord } from '../../src/outputs/foreachRecord.ts';
import { print } from '../../src/outputs/print.ts';
import { saveAsObjectFiles } from '../../src/outputs/saveAsObjectFiles.ts';
import { saveAsTextFiles } from '../../src/outputs/saveAsTextFiles.ts';
import { Leaving } from '../support/Leaving.ts';
import { closesItsFiles, openFilesIn, turn, turnsUntil } from '../support/openFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

closesItsFiles();

type Output = MonoTypeOperatorFunction<Batch<string>>;

const records = ['a', 'b', 'c'];
const outputs: Record<string, (leaving: Leaving<string>) => Output> = {
  foreachBatch: () => foreachBatch(() => {}),
  'foreachBatch that takes its time': ({ clock }) => foreachBatch(() => timer(300, clock)),
  'foreachBatch that never ends': () => foreachBatch(() => NEVER),
  foreachRecord: () => foreachRecord(() => {}),
  'foreachRecord that takes its time': ({ clock }) => foreachRecord(() => timer(300, clock), { concurrency: 2 }),
  print: () => print(2, { to: () => {} }),
  commitOffsets: () => commitOffsets(memoryOffsets()),
  'commitOffsets to a store that never answers': () => commitOffsets({ ...memoryOffsets(), commit: () => NEVER }),
};

describe.each(Object.entries(outputs))('%s, left', (_name, make) => {
  it.each([
    ['before its run begins', undefined],
    ['before the first batch', 500],
    ['when the first batch has just come', 1000],
    ['while it, or an output after it, is busy', 1100],
    ['later in the same batch', 1350],
    ['between two batches', 1950],
    ['with batches waiting', 4100],
    ['at the end', 30_000],
  ])('%s', (_point, time) => {
    const leaving = new Leaving(records, make);
    leaving.begin();
    if (time !== undefined) leaving.clock.advanceTo(time);
    leaving.leave();
    leaving.expectNothingLeft();
  });
});

describe.each([
  ['saveAsTextFiles', saveAsTextFiles],
  ['saveAsObjectFiles', saveAsObjectFiles],
  ['saveAsObjectFiles with gzip', (prefix: string) => saveAsObjectFiles<string>(prefix, '', { gzip: true })],
] as const)('%s, left', (_name, save) => {
  const root = temporaryFolder();
  let count = 0;

  it.each([0, 1, 2, 3, 5, 8, 13, 100])('%i turns after it has begun: no file open, no half folder', async (turns) => {
    const folder = join(root, `${count++}`);
    const many = Array.from({ length: 5000 }, (_, n) => `${n} ${'x'.repeat(50)}`);
    const leaving = new Leaving(many, () => save(join(folder, 'out')) as Output);
    leaving.begin();
    leaving.clock.advanceTo(1000);
    for (let n = 0; n < turns; n++) await turn();
    leaving.leave();
    const names = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);
    const isQuiet = (): boolean => openFilesIn(folder).length === 0 && !names().some((name) => name.startsWith('.'));
    // The promise cannot be cancelled, and may be just before its next file: quiet is what stays so.
    let quietTurns = 0;
    await turnsUntil(() => {
      quietTurns = isQuiet() ? quietTurns + 1 : 0;
      return quietTurns > 200;
    });
    expect(openFilesIn(folder)).toEqual([]);
    for (const name of names()) expect(readdirSync(join(folder, name))).toContain('_SUCCESS');
    leaving.expectNothingLeft();
  });
});
