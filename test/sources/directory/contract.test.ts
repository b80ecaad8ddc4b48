import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { binaryRecords } from '../../../src/sources/directory/binaryRecords.ts';
import { files } from '../../../src/sources/directory/files.ts';
import { textFiles } from '../../../src/sources/directory/textFiles.ts';
import type { FileRecord } from '../../../src/sources/directory/wholeFormat.ts';
import { sourceContract } from '../../../src/testing/sourceContract.ts';
import { PATIENT } from '../../support/patient.ts';

const framework = { describe, it, expect };
const OPTIONS = { newFilesOnly: false, pollIntervalMs: 5 } as const;

/** A directory that files are renamed into, with two numbers in each. */
async function place(extension: string, contentOf: (numbers: readonly number[]) => Uint8Array) {
  const folder = await mkdtemp(join(tmpdir(), 'rx-dstream-files-'));
  let next = 100;
  return {
    folder,
    feed: async (count: number): Promise<number[]> => {
      const fed: number[] = [];
      for (let left = count; left > 0; left -= 2) {
        const numbers = [next++, next++].slice(0, Math.max(1, Math.min(2, left)));
        const path = join(folder, `${String(numbers[0]).padStart(6, '0')}${extension}`);
        await writeFile(join(folder, '.being-written'), contentOf(numbers));
        await rename(join(folder, '.being-written'), path);
        fed.push(...numbers);
      }
      return fed;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const text = (numbers: readonly number[]): Buffer => Buffer.from(`${numbers.join('\n')}\n`);

for (const [name, extension, contentOf] of [
  ['textFiles', '.txt', text],
  ['textFiles, compressed', '.txt.gz', (numbers: readonly number[]) => gzipSync(text(numbers))],
] as const) {
  sourceContract<string>(framework, {
    name,
    recordKey: Number,
    make: async () => {
      const { folder, feed, dispose } = await place(extension, contentOf);
      const source = () => textFiles(folder, OPTIONS);
      return { source: source(), reopen: source, feed, dispose };
    },
  });
}

sourceContract<Buffer>(framework, {
  name: 'binaryRecords',
  patienceMs: PATIENT.timeout,
  recordKey: (record) => record.readUInt32BE(),
  make: async () => {
    const { folder, feed, dispose } = await place('', (numbers) => {
      const bytes = Buffer.alloc(4 * numbers.length);
      for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * at);
      return bytes;
    });
    const source = () => binaryRecords(folder, { recordLength: 4, ...OPTIONS });
    return { source: source(), reopen: source, feed, dispose };
  },
});

sourceContract<FileRecord>(framework, {
  name: 'files',
  patienceMs: PATIENT.timeout,
  recordKey: ({ name, content }) => `${name} ${content}`,
  make: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rx-dstream-files-'));
    let next = 100;
    const source = () => files(folder, OPTIONS);
    return {
      source: source(),
      reopen: source,
      feed: async (count) => {
        const fed = Array.from({ length: count }, () => `file ${next++}`);
        for (const name of fed) {
          await writeFile(join(folder, '.being-written'), 'content');
          await rename(join(folder, '.being-written'), join(folder, name));
        }
        return fed.map((name) => `${name} content`);
      },
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
});
