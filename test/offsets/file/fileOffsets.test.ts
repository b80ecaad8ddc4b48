import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type FileOffsets, type FileOffsetsOptions, fileOffsets } from '../../../src/offsets/file/fileOffsets.ts';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
let count = 0;
const freshPath = (): string => join(folder, `group-${count++}`, 'offsets.json');
const paths = new WeakMap<OffsetStore, string>();

function opened(path: string, onWarning?: FileOffsetsOptions['onWarning']): FileOffsets {
  const store = fileOffsets({ path, onWarning: onWarning ?? unexpected });
  paths.set(store, path);
  return store;
}

function unexpected(message: string): never {
  throw new Error(`unexpected warning: ${message}`);
}

offsetStoreContract(
  { describe, it, expect },
  {
    name: 'fileOffsets',
    make: () => opened(freshPath()),
    reopen: (store) => opened(paths.get(store) as string),
    owns: true,
  },
);

const lines = (until: number, expected?: number): OffsetCommit[] => [{ topic: 'lines', partition: 0, until, expected }];
const held = (until: number) => [{ topic: 'lines', partition: 0, until }];

/** A path at which 10 and then 20 were committed: the previous generation holds 10. */
async function pathOfTwoGenerations(): Promise<string> {
  const path = freshPath();
  const store = opened(path);
  await store.commit(lines(10));
  await store.commit(lines(20, 10));
  return path;
}

describe('the file', () => {
  it('is JSON a person can read, with topics and partitions in order', async () => {
    const path = freshPath();
    await opened(path).commit([
      { topic: 'words', partition: 10, until: 3, expected: undefined },
      { topic: 'words', partition: 2, until: 4, expected: undefined },
      { topic: 'lines', partition: 0, until: 5, expected: undefined },
    ]);
    const text = readFileSync(path, 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      format: 'rx-dstream offsets 1',
      generation: 1,
      writer: expect.stringContaining(` ${process.pid} `),
      offsets: { lines: { 0: 5 }, words: { 2: 4, 10: 3 } },
      checksum: expect.stringMatching(/^crc32:[0-9a-f]{8}$/),
    });
    expect(text).toContain('"lines": {\n      "0": 5\n    },\n    "words": {\n      "2": 4,\n      "10": 3\n');
  });

  it('has its generation before kept beside it', async () => {
    const path = await pathOfTwoGenerations();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ generation: 2, offsets: { lines: { 0: 20 } } });
    expect(JSON.parse(readFileSync(`${path}.previous`, 'utf8'))).toMatchObject({
      generation: 1,
      offsets: { lines: { 0: 10 } },
    });
    expect(readdirSync(dirname(path)).sort()).toEqual(['offsets.json', 'offsets.json.previous']);
  });

  it('is not written by a commit that changes nothing', async () => {
    const path = await pathOfTwoGenerations();
    const before = readFileSync(path, 'utf8');
    await opened(path).commit(lines(20, 20));
    await opened(path).commit(lines(7, 20));
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('may be edited by a person, who writes none as its checksum, and says so once', async () => {
    const path = await pathOfTwoGenerations();
    const edited = readFileSync(path, 'utf8')
      .replace('"0": 20', '"0": 15')
      .replace(/crc32:\w+/, 'none');
    writeFileSync(path, edited);
    const onWarning = vi.fn();
    const store = opened(path, onWarning);
    expect(await store.load({})).toEqual(held(15));
    expect(await store.load({})).toEqual(held(15));
    expect(onWarning.mock.calls).toEqual([[expect.stringMatching(/edited by hand/)]]);
    await store.commit(lines(16, 15));
    expect(readFileSync(path, 'utf8')).toMatch(/"checksum": "crc32:/);
  });
});

describe('a damaged file', () => {
  const damages: Record<string, (path: string) => void> = {
    'cut in the middle': (path) => writeFileSync(path, readFileSync(path).subarray(0, 70)),
    empty: (path) => writeFileSync(path, ''),
    'with one flipped bit': (path) => {
      const content = readFileSync(path);
      const at = content.indexOf('20');
      content[at] = (content[at] as number) ^ 1;
      writeFileSync(path, content);
    },
    'full of zeros': (path) => writeFileSync(path, Buffer.alloc(200)),
    missing: (path) => rmSync(path),
  };

  for (const [name, damage] of Object.entries(damages)) {
    it(`${name} gives way to the generation before it, with a warning that names both`, async () => {
      const path = await pathOfTwoGenerations();
      damage(path);
      const onWarning = vi.fn();
      const store = opened(path, onWarning);
      expect(await store.load({})).toEqual(held(10));
      expect(onWarning).toHaveBeenCalledOnce();
      expect(onWarning.mock.calls[0]?.[0]).toContain(
        `${path} ${name === 'missing' ? 'is missing' : 'cannot be used: '}`,
      );
      expect(onWarning.mock.calls[0]?.[0]).toContain(`${path}.previous`);
    });

    it(`${name} does not become the generation before the next one`, async () => {
      const path = await pathOfTwoGenerations();
      damage(path);
      const store = opened(path, () => {});
      await store.commit(lines(30, 10));
      expect(await opened(path).load({})).toEqual(held(30));
      writeFileSync(path, 'torn');
      expect(await opened(path, () => {}).load({})).toEqual(held(10));
    });
  }

  it('without a usable generation before it fails, says what was found, and is left alone', async () => {
    const path = await pathOfTwoGenerations();
    writeFileSync(path, '{ "format"');
    writeFileSync(`${path}.previous`, '');
    const store = opened(path);
    for (const call of [() => store.load({}), () => store.commit(lines(30, 20))]) {
      await expect(call()).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(
          /offsets\.json, but it cannot be used: it ends without a checksum after 10 characters.*previous, cannot be used: the file is empty.*remove both to begin/,
        ),
      });
    }
    expect(readFileSync(path, 'utf8')).toBe('{ "format"');
  });

  it('that is the first generation fails rather than begin at zero', async () => {
    const path = freshPath();
    await opened(path).commit(lines(10));
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
    await expect(opened(path).load({})).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
  });

  it('of another format, or with what is no offset, is not understood', async () => {
    const path = await pathOfTwoGenerations();
    const text = readFileSync(path, 'utf8').replace(/crc32:\w+/, 'none');
    for (const wrong of [
      text.replace('offsets 1', 'offsets 2'),
      text.replace('"0": 20', '"0": -1'),
      text.replace('"0": 20', '"0": "20"'),
      text.replace('"0": 20', '"zero": 20'),
      text.replace('"0": 20', '"0": 9007199254740992'),
      text.replace('"generation": 2', '"generation": null'),
    ]) {
      writeFileSync(path, wrong);
      const onWarning = vi.fn();
      expect(await opened(path, onWarning).load({})).toEqual(held(10));
      expect(onWarning).toHaveBeenCalledOnce();
    }
  });

  it('is told through process.emitWarning by default', async () => {
    const path = await pathOfTwoGenerations();
    rmSync(path);
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await fileOffsets({ path }).load({});
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(path), 'OffsetStoreWarning');
    emitWarning.mockRestore();
  });
});

describe('another process', () => {
  it('that commits while a commit is written is noticed, reported, and not overwritten', async () => {
    const path = await pathOfTwoGenerations();
    const other = await pathOfTwoGenerations();
    await opened(other).commit([...lines(27, 20), { topic: 'words', partition: 0, until: 3, expected: undefined }]);
    const store = opened(path);
    const handle = await open(path);
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    const sync = vi.spyOn(prototype, 'sync').mockImplementationOnce(async () => copyFileSync(other, path));
    expect(
      await store.commit([...lines(25, 20), { topic: 'lines', partition: 1, until: 4, expected: undefined }]),
    ).toEqual({
      foreign: held(27),
    });
    sync.mockRestore();
    await handle.close();
    expect(await store.load({})).toEqual([
      { topic: 'lines', partition: 0, until: 27 },
      { topic: 'lines', partition: 1, until: 4 },
      { topic: 'words', partition: 0, until: 3 },
    ]);
    expect(readdirSync(dirname(path)).sort()).toEqual(['offsets.json', 'offsets.json.previous']);
  });
});

describe('what stands in the way', () => {
  it('a folder in the place of the file is OFFSET_STORE_FAILED', async () => {
    const path = freshPath();
    mkdirSync(path, { recursive: true });
    await expect(opened(path).load({})).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringContaining('a folder is in its place'),
    });
  });

  it('a file in the place of the folder is OFFSET_STORE_FAILED', async () => {
    const path = freshPath();
    mkdirSync(dirname(dirname(path)), { recursive: true });
    writeFileSync(dirname(path), '');
    await expect(opened(path).commit(lines(1))).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
  });

  it('a read-only folder is OFFSET_STORE_FAILED and leaves the file', async () => {
    const path = await pathOfTwoGenerations();
    for (const parent of [folder, dirname(path)]) chmodSync(parent, 0o555);
    // Root may write everywhere; as nobody it may not.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      await expect(opened(path).commit(lines(30, 20))).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(/could not be written \(EACCES.*give this process permission/),
      });
    } finally {
      if (root) process.seteuid?.(0);
      for (const parent of [folder, dirname(path)]) chmodSync(parent, 0o755);
    }
    expect(await opened(path).load({})).toEqual(held(20));
    expect(readdirSync(dirname(path)).sort()).toEqual(['offsets.json', 'offsets.json.previous']);
  });

  it('missing folders are made by the first commit, not by a load', async () => {
    const path = join(dirname(freshPath()), 'a', 'b', 'offsets.json');
    const store = opened(path);
    expect(await store.load({})).toEqual([]);
    expect(existsSync(dirname(path))).toBe(false);
    await store.commit(lines(1));
    expect(await store.load({})).toEqual(held(1));
  });

  it('what a killed process left is swept by the first commit; what a living one writes stays', async () => {
    const path = await pathOfTwoGenerations();
    const { hostname } = await import('node:os');
    const host = hostname().replaceAll(/[^\w.]/g, '_');
    const left = join(dirname(path), `.${basename(path)}.tmp-${host}-2147483646-0-1`);
    const living = join(dirname(path), `.${basename(path)}.tmp-${host}-${process.ppid}-0-1`);
    const elsewhere = join(dirname(path), `.${basename(path)}.tmp-another.host-2147483646-0-1`);
    for (const name of [left, living, elsewhere]) writeFileSync(name, 'half');
    await opened(path).commit(lines(30, 20));
    expect([left, living, elsewhere].map(existsSync)).toEqual([false, true, true]);
  });
});

describe('the options', () => {
  it('refuse what is no path, where it is written', () => {
    // @ts-expect-error a path is needed
    expect(() => fileOffsets({})).toThrow(/fileOffsets\(path\): expected a text that is not empty, got undefined/);
    expect(() => fileOffsets({ path: '' })).toThrow(/fileOffsets\(path\)/);
    // @ts-expect-error a warning goes to a function
    expect(() => fileOffsets({ path: 'x', onWarning: 'log' })).toThrow(/fileOffsets\(onWarning\): expected a function/);
  });

  it('name the store after its path', () => {
    expect(fileOffsets({ path: './offsets.json' }).name).toBe('file ./offsets.json');
  });
});
