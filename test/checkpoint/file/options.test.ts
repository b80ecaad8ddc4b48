/** The options of a checkpoint in a folder: each does what it says, and a wrong one is refused where it is written. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { CheckpointReport } from '../../../src/checkpoint/CheckpointStore.ts';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { savepointOf } from '../../../src/checkpoint/savepointOf.ts';
import { promised } from '../../../src/core/Answer.ts';
import { loaded, NOTHING } from '../../../src/testing/checkpoint/kept.ts';
import { change, refusal } from '../../../src/testing/checkpoint/writing.ts';
import { PATIENT } from '../../support/patient.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = temporaryFolder();
let count = 0;
const freshFolder = (): string => join(root, `${count++}`);
const headIn = (folder: string): string => {
  const name = readdirSync(folder).find((file) => file.startsWith('head-')) as string;
  return join(folder, name);
};

/** A folder in which one batch has settled. */
async function begun(folder: string = freshFolder()): Promise<string> {
  const store = fileCheckpoint(folder, { sync: false });
  await loaded(store);
  await change(store, 1000, { 'totals/keys': { added: [[1, 'a', 1]] } });
  await promised(() => store.close());
  return folder;
}

describe('fileCheckpoint', () => {
  it('merges after the bytes it is told, not before', async () => {
    for (const [compactAfterBytes, isMerged] of [
      [1, true],
      [1 << 20, false],
    ] as const) {
      const folder = freshFolder();
      const store = fileCheckpoint(folder, { compactAfterBytes, sync: false });
      await loaded(store);
      const hasBase = (): boolean => readFileSync(headIn(folder), 'latin1').includes('"base":{');
      for (let time = 1; time < 50; time++) await change(store, time, { 'totals/keys': { added: [[time, 'a', 1]] } });
      if (isMerged) await vi.waitFor(() => expect(hasBase()).toBe(true), PATIENT);
      await promised(() => store.close());
      expect(hasBase()).toBe(isMerged);
    }
  });

  it('leaves what it cannot read as it is, or sets it aside, says so and begins empty', async () => {
    const folder = await begun();
    writeFileSync(headIn(folder), 'broken');
    expect(await refusal(() => loaded(fileCheckpoint(folder)))).toBe('CHECKPOINT_CORRUPT');
    expect(readFileSync(headIn(folder), 'utf8')).toBe('broken');
    const reports: CheckpointReport[] = [];
    const store = fileCheckpoint(folder, { onUnreadable: 'setAside' });
    expect(await loaded(store, (told) => reports.push(told))).toEqual(NOTHING);
    await promised(() => store.close());
    const where = join(folder, 'unreadable-1');
    expect(reports).toMatchObject([{ code: 'CHECKPOINT_SET_ASIDE', message: expect.stringContaining(where) }]);
    expect(readFileSync(headIn(where), 'utf8')).toBe('broken');
  });

  it('begins with a savepoint where there is nothing, and with what is there where there is something', async () => {
    const startFrom = savepointOf(fileCheckpoint(await begun()));
    const first = fileCheckpoint(freshFolder(), { startFrom });
    expect((await loaded(first)).states['totals/keys']?.entries).toEqual([[1, 'a', 1]]);
    await promised(() => first.close());
    const folder = freshFolder();
    const other = fileCheckpoint(folder);
    await loaded(other);
    await change(other, 500, {});
    await promised(() => other.close());
    const second = fileCheckpoint(folder, { startFrom });
    expect(await loaded(second)).toEqual({ ...NOTHING, lastTime: 500 });
    await promised(() => second.close());
  });

  it.each([
    [{ compactAfterBytes: 0 }, 'fileCheckpoint(compactAfterBytes): expected a whole number of at least 1, got 0'],
    [{ onUnreadable: 'ignore' }, "fileCheckpoint(onUnreadable): expected 'fail' or 'setAside', got \"ignore\""],
    [{ startFrom: 'before' }, 'fileCheckpoint(startFrom): expected a savepoint, as savepointOf(store, name)'],
    [{ startFrom: null }, 'fileCheckpoint(startFrom)'],
    [{ takeOver: 'false' }, 'fileCheckpoint(takeOver): expected true or false, got "false"'],
    [{ sync: 0 }, 'fileCheckpoint(sync)'],
    ['folder', 'fileCheckpoint: expected options like'],
  ])('refuses %o where it is written', (wrong, message) => {
    expect(() => fileCheckpoint(join(root, 'never'), wrong as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});
