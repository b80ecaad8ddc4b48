/** Whoever leaves a stream of files, at whatever moment, leaves no file open, no timer and no watcher. */
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { binaryRecords, files, tailFile, textFiles } from '../../src/file.ts';
import { Leaving } from '../support/Leaving.ts';
import { closesItsFiles, fileWork, openFilesIn, turn, turnsUntil } from '../support/openFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

closesItsFiles();

const root = temporaryFolder();
let count = 0;
const lines = Array.from({ length: 3000 }, (_, n) => `line ${n} ${'x'.repeat(40)}\n`).join('');
const all = { newFilesOnly: false, minRememberDuration: Number.POSITIVE_INFINITY };

/** A folder with plain and packed files, older than the first batch. */
function folderOfFiles(): string {
  const folder = join(root, `${count++}`);
  mkdirSync(folder);
  for (let n = 0; n < 10; n++) {
    const path = join(folder, n % 2 === 0 ? `${n}.txt` : `${n}.txt.gz`);
    writeFileSync(path, n % 2 === 0 ? lines : gzipSync(lines));
    utimesSync(path, 0.1, 0.1);
  }
  return folder;
}

const sources: Record<string, (folder: string) => Observable<unknown>> = {
  tailFile(folder) {
    const path = join(folder, 'tail.log');
    appendFileSync(path, lines);
    return tailFile(path, { maxBytesPerBatch: 20_000, maxLineBytes: 1000, pollIntervalMs: 100 });
  },
  textFiles: (folder) => textFiles(folder, { ...all, maxBytesPerBatch: 200_000, maxLineBytes: 1000 }),
  files: (folder) => files(folder, { ...all, maxFilesPerBatch: 2 }),
  binaryRecords: (folder) =>
    binaryRecords(folder, { ...all, recordLength: 1, maxFilesPerBatch: 1, decompress: 'none' }),
};

describe.each(Object.entries(sources))('%s, left', (_name, make) => {
  async function leftWhen(isTime: (leaving: Leaving<unknown>) => Promise<void>): Promise<void> {
    const folder = folderOfFiles();
    const leaving = new Leaving(make(folder), () => (source) => source);
    leaving.begin();
    await isTime(leaving);
    leaving.leave();
    const isQuiet = (): boolean => openFilesIn(folder).length === 0 && fileWork().length === 0;
    leaving.clock.advanceBy(0); // it is decided one turn later that the run is over
    await turnsUntil(isQuiet);
    expect(openFilesIn(folder)).toEqual([]);
    expect(fileWork()).toEqual([]);
    leaving.expectNothingLeft();
  }

  it('before its run begins', () => leftWhen(async () => {}));

  it.each([0, 1, 2, 3, 5, 8, 13, 21, 34, 55])('%i turns after its run has begun', (turns) =>
    leftWhen(async ({ clock }) => {
      clock.advanceBy(0);
      for (let n = 0; n < turns; n++) await turn();
    }),
  );

  it.each([0, 1, 2, 3, 5, 8, 13, 21, 34, 55])('%i turns after the first tick, while it is cut or read', (turns) =>
    leftWhen(async ({ clock }) => {
      clock.advanceBy(500);
      for (let n = 0; n < 50; n++) await turn();
      clock.advanceBy(500);
      for (let n = 0; n < turns; n++) await turn();
    }),
  );

  it('while an output holds a batch', () =>
    leftWhen(async (leaving) => {
      await untilBatch(leaving, 1);
      expect(leaving.outputs).toBe(1);
    }));

  it('between two batches', () =>
    leftWhen(async (leaving) => {
      await untilBatch(leaving, 2);
      leaving.clock.advanceBy(450);
    }));
});

it('the check sees what is left', async () => {
  const folder = folderOfFiles();
  const leaving = new Leaving<unknown>(tailFile(join(folder, '0.txt')), () => (source) => source);
  leaving.begin();
  await untilBatch(leaving, 1);
  expect(() => leaving.expectNothingLeft()).toThrow();
  leaving.leave();
});

/** Lets time and the file system go on until so many batches have come to the output. */
async function untilBatch(leaving: Leaving<unknown>, batches: number): Promise<void> {
  const isThere = (): boolean => leaving.outputs >= batches;
  for (let tries = 0; !isThere() && tries < 300; tries++) {
    leaving.clock.advanceBy(100);
    await turnsUntil(isThere, 2000);
  }
  expect(leaving.errors).toEqual([]);
  expect(leaving.outputs).toBe(batches);
}
