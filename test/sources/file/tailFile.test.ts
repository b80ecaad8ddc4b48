import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { asyncScheduler } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryOffsets } from '../../../src/offsets/memory/memoryOffsets.ts';
import { type TailFileOptions, tailFile } from '../../../src/sources/file/tailFile.ts';
import { type Cut, SOURCE, type SourceReport } from '../../../src/sources/Source.ts';
import { eventually, SourceSession } from '../../../src/testing/SourceSession.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const sessions: SourceSession<string>[] = [];
let files = 0;

/** A path of its own for each test. */
function newPath(): string {
  const place = join(folder, String(files++));
  mkdirSync(place);
  return join(place, 'app.log');
}

async function tail(path: string, options: TailFileOptions = {}, position?: unknown): Promise<SourceSession<string>> {
  const observable = tailFile(path, { pollIntervalMs: 5, rotationWaitMs: 0, ...options });
  const session = await SourceSession.open(observable[SOURCE](), position);
  sessions.push(session);
  return session;
}

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

async function linesOf(session: SourceSession<string>, count: number): Promise<string[]> {
  return (await session.cutUntil(count)).records.flat();
}

/** One cut and what it holds. */
async function next(session: SourceSession<string>): Promise<string[]> {
  const { cut, error } = await session.cut();
  if (error !== undefined) throw error;
  return session.read(cut);
}

function codes({ reports }: { reports: readonly SourceReport[] }): string[] {
  return reports.map(({ code }) => code);
}

describe('tailFile', () => {
  describe('lines', () => {
    it('are records without their \\n or \\r\\n, empty ones too', async () => {
      const path = newPath();
      writeFileSync(path, 'a\n\nb\r\nc\rd\n');
      expect(await linesOf(await tail(path), 4)).toEqual(['a', '', 'b', 'c\rd']);
    });

    it('wait for their end', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nhal');
      const session = await tail(path);
      expect(await next(session)).toEqual(['a']);
      expect(await next(session)).toEqual([]);
      appendFileSync(path, 'f\r');
      expect(await next(session)).toEqual([]);
      appendFileSync(path, '\n');
      expect(await next(session)).toEqual(['half']);
    });

    it('begin after a byte order mark', async () => {
      const path = newPath();
      writeFileSync(path, '\ufeffa\nb\n');
      expect(await linesOf(await tail(path), 2)).toEqual(['a', 'b']);
    });

    it('may be in another character set', async () => {
      const path = newPath();
      writeFileSync(path, Buffer.from([0x83, 0x65, 0x0a]));
      expect(await linesOf(await tail(path, { encoding: 'shift_jis' }), 1)).toEqual(['テ']);
      expect(await linesOf(await tail(path, { encoding: 'latin1' }), 1)).toEqual(['\u0083e']);
    });

    it('come as positions in bytes, one range after the other', async () => {
      const path = newPath();
      writeFileSync(path, 'é\nab\n');
      const session = await tail(path, { topic: 'log' });
      const { cuts } = await session.cutUntil(2, 1);
      expect(
        cuts.map(({ offsets, records }) => [offsets?.map(({ topic, from, until }) => [topic, from, until]), records]),
      ).toEqual([
        [[['log', 0, 3]], 1],
        [[['log', 3, 6]], 1],
      ]);
    });

    it('are no more a batch than its bytes allow', async () => {
      const path = newPath();
      writeFileSync(path, 'aaaa\nbbbb\ncccc\n');
      const session = await tail(path, { maxLineBytes: 8, maxBytesPerBatch: 12 });
      expect([await next(session), await next(session), await next(session)]).toEqual([['aaaa', 'bbbb'], ['cccc'], []]);
    });

    it('are the same in a file of many chunks', async () => {
      const path = newPath();
      const lines = Array.from({ length: 50_000 }, (_, i) => `${i} ${'x'.repeat(i % 60)}é`);
      writeFileSync(path, `${lines.join('\n')}\n`);
      expect(await linesOf(await tail(path), lines.length)).toEqual(lines);
    });
  });

  describe('where it starts', () => {
    it("is the end of the last whole line with from: 'end'", async () => {
      const path = newPath();
      writeFileSync(path, 'old\nhalf');
      const session = await tail(path, { from: 'end' });
      expect(await next(session)).toEqual([]);
      appendFileSync(path, ' line\nnew\n');
      expect(await linesOf(session, 2)).toEqual(['half line', 'new']);
    });

    it('is the first byte of a file that comes later', async () => {
      const path = newPath();
      const session = await tail(path, { from: 'end' });
      expect(codes(session)).toEqual(['SOURCE_UNAVAILABLE']);
      expect(await next(session)).toEqual([]);
      writeFileSync(path, 'a\n');
      expect(await linesOf(session, 1)).toEqual(['a']);
    });

    it('is the committed position, and it says so', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nb\nc\n');
      const offsets = memoryOffsets();
      const { cuts } = await (await tail(path)).cutUntil(1, 1);
      await offsets.commit((cuts[0]?.offsets ?? []).map((range) => ({ ...range, expected: undefined })));
      const session = await tail(path, { offsets });
      expect(await linesOf(session, 2)).toEqual(['b', 'c']);
      expect(session.reports).toMatchObject([
        { code: 'RESUMED', message: expect.stringContaining(`goes on at byte 2 of ${path}`) },
      ]);
    });

    it('is the position of the checkpoint before the committed one', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nb\nc\n');
      const offsets = memoryOffsets();
      const { cuts } = await (await tail(path)).cutUntil(2, 1);
      await offsets.commit((cuts[0]?.offsets ?? []).map((range) => ({ ...range, expected: undefined })));
      expect(await linesOf(await tail(path, { offsets }, cuts[1]?.position), 1)).toEqual(['c']);
    });

    it("is an error where there is no file and onMissing is 'fail'", async () => {
      await expect(tail(newPath(), { onMissing: 'fail' })).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    });

    it('is an error where the path is a folder, or cannot be followed', async () => {
      const path = newPath();
      mkdirSync(path);
      await expect(tail(path)).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining(path) });
      const loop = newPath();
      symlinkSync(loop, loop);
      await expect(tail(loop)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    });
  });

  describe('rotation by renaming', () => {
    it('reads the old file to its end, then the new one', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nb\n');
      const session = await tail(path);
      expect((await session.cutUntil(1, 1)).records).toEqual([['a']]);
      appendFileSync(path, 'c\n');
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'd\ne\n');
      expect(await linesOf(session, 4)).toEqual(['b', 'c', 'd', 'e']);
    });

    it('numbers the two files as two partitions, each from 0', async () => {
      const path = newPath();
      writeFileSync(path, 'a\n');
      const session = await tail(path);
      const { cuts: first } = await session.cutUntil(1);
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'a\n');
      const { cuts: second } = await session.cutUntil(1);
      const [before, after] = [first[0]?.offsets?.[0], second[0]?.offsets?.[0]];
      expect([before?.from, before?.until, after?.from, after?.until]).toEqual([0, 2, 0, 2]);
      expect(before?.partition).not.toBe(after?.partition);
    });

    it('gives the last line of the old file although it has no end', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nno end');
      const session = await tail(path);
      expect(await next(session)).toEqual(['a']);
      renameSync(path, `${path}.1`);
      expect(await next(session)).toEqual([]);
      writeFileSync(path, 'b\n');
      expect(await linesOf(session, 2)).toEqual(['no end', 'b']);
    });

    it('waits for a writer that has not noticed yet', async () => {
      const path = newPath();
      writeFileSync(path, 'a\n');
      const session = await tail(path, { rotationWaitMs: 50 });
      expect(await next(session)).toEqual(['a']);
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'c\n');
      expect(await next(session)).toEqual([]);
      appendFileSync(`${path}.1`, 'b\n');
      expect(await linesOf(session, 2)).toEqual(['b', 'c']);
    });

    it('misses no file that came and went between two looks', async () => {
      const path = newPath();
      writeFileSync(path, 'a\n');
      const session = await tail(path, { pollIntervalMs: 1_000_000 });
      expect(await next(session)).toEqual(['a']);
      for (const [i, line] of ['b', 'c', 'd'].entries()) {
        renameSync(path, `${path}.${i}`);
        utimesSync(`${path}.${i}`, i + 1, i + 1);
        writeFileSync(path, `${line}\n`);
      }
      expect(await linesOf(session, 3)).toEqual(['b', 'c', 'd']);
    });

    it('reads what was deleted while it was open', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nb\n');
      const session = await tail(path);
      await session.cutUntil(1, 1);
      rmSync(path);
      expect(await linesOf(session, 1)).toEqual(['b']);
      writeFileSync(path, 'c\n');
      expect(await linesOf(session, 1)).toEqual(['c']);
    });

    it('is found again by another process, under any name, with the files between', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nb\n');
      const first = await tail(path);
      const { cuts } = await first.cutUntil(1, 1);
      await first.close();
      renameSync(path, `${path}.2`);
      writeFileSync(path, 'c\n');
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'd\n');
      writeFileSync(`${path}.offsets`, 'not a log\n');
      const session = await tail(path, {}, JSON.parse(JSON.stringify(cuts[0]?.position)));
      expect(await linesOf(session, 3)).toEqual(['b', 'c', 'd']);
      expect(session.reports).toMatchObject([{ code: 'RESUMED', message: expect.stringContaining('renamed') }]);
    });

    it('is found again by committed positions alone', async () => {
      const path = newPath();
      writeFileSync(path, 'a\nb\n');
      const offsets = memoryOffsets();
      const first = await tail(path, { offsets });
      const { cuts } = await first.cutUntil(1, 1);
      await offsets.commit((cuts[0]?.offsets ?? []).map((range) => ({ ...range, expected: undefined })));
      await first.close();
      renameSync(path, `${path}-20261121`);
      writeFileSync(path, 'c\nand more than was there before\n');
      expect(await linesOf(await tail(path, { offsets }), 3)).toEqual(['b', 'c', 'and more than was there before']);
    });

    it('keeps the old file open until its batches have settled', async () => {
      const path = newPath();
      writeFileSync(path, 'a\n');
      const session = await tail(path);
      const { cuts } = await session.cutUntil(1);
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'b\n');
      const { cuts: later } = await session.cutUntil(1);
      rmSync(`${path}.1`);
      expect(await session.read(cuts[0] as Cut)).toEqual(['a']);
      await session.settle(later[0] as Cut);
      await expect(session.read(cuts[0] as Cut)).rejects.toMatchObject({ code: 'DATA_LOST' });
    });
  });

  describe('truncation', () => {
    it.each([
      ['is shorter', 'b\n'],
      ['has grown past the position again', 'other lines than before\n'],
    ])('is an error by default when the file %s', async (_name, content) => {
      const path = newPath();
      writeFileSync(path, 'a\naa\n');
      const session = await tail(path);
      await session.cutUntil(2);
      writeFileSync(path, content);
      const answer = await session.cut();
      expect(answer).toMatchObject({ empty: true, last: true, error: { code: 'DATA_LOST' } });
      expect(String(answer.error)).toContain("onLost: 'restart'");
    });

    it("starts again at the first byte with onLost: 'restart', says so, and counts as another generation", async () => {
      const path = newPath();
      writeFileSync(path, 'a\naa\n');
      const session = await tail(path, { onLost: 'restart' });
      const { cuts: before } = await session.cutUntil(1, 1);
      await session.cut(0);
      truncateSync(path);
      appendFileSync(path, 'b\n');
      const { cuts: after, records } = await session.cutUntil(1);
      expect(records).toEqual([['b']]);
      expect(session.reports).toMatchObject([{ code: 'POSITION_RESET', count: 3 }]);
      expect(after[0]?.offsets?.[0]?.partition).not.toBe(before[0]?.offsets?.[0]?.partition);
    });

    it.each(['position', 'store'])('while it was away is an error by default, known by its %s', async (how) => {
      const path = newPath();
      writeFileSync(path, 'a\nb\n');
      const offsets = memoryOffsets();
      const first = await tail(path);
      const { cuts } = await first.cutUntil(2);
      await offsets.commit((cuts[0]?.offsets ?? []).map((range) => ({ ...range, expected: undefined })));
      await first.close();
      truncateSync(path);
      appendFileSync(path, 'c\nand more than was there before\n');
      const resumed = (options: TailFileOptions) =>
        how === 'position' ? tail(path, options, cuts[0]?.position) : tail(path, { ...options, offsets });
      await expect(resumed({})).rejects.toMatchObject({ code: 'DATA_LOST' });
      const session = await resumed({ onLost: 'restart' });
      expect(await linesOf(session, 2)).toEqual(['c', 'and more than was there before']);
      expect(codes(session)).toEqual(['POSITION_RESET']);
    });

    it('of a file with the same first line is known by its length', async () => {
      const path = newPath();
      writeFileSync(path, 'header\na\nb\n');
      const first = await tail(path);
      const { cuts } = await first.cutUntil(3);
      await first.close();
      truncateSync(path);
      appendFileSync(path, 'header\n');
      await expect(tail(path, {}, cuts[0]?.position)).rejects.toMatchObject({
        code: 'DATA_LOST',
        message: expect.stringContaining('truncated'),
      });
    });

    it.each([
      ['and is shorter', 'c\n'],
      ['and has grown again', 'c\nand more than was there before\n'],
    ])(
      'before an unsettled batch was read %s is an error, or an empty batch that is reported',
      async (_name, content) => {
        const path = newPath();
        writeFileSync(path, 'a\nb\n');
        const strict = await tail(path);
        const lenient = await tail(path, { onLost: 'restart' });
        const { cut } = await strict.cut();
        await lenient.cut();
        writeFileSync(path, content);
        await expect(strict.read(cut)).rejects.toMatchObject({ code: 'DATA_LOST' });
        expect(await lenient.read(cut)).toEqual([]);
        expect(lenient.reports).toMatchObject([{ code: 'RECORDS_DROPPED', count: 4 }]);
      },
    );
  });

  describe('a line that is too long', () => {
    const content = `a\n${'x'.repeat(20)}\nb\n`;

    it('is an error by default, after what came before it', async () => {
      const path = newPath();
      writeFileSync(path, content);
      const session = await tail(path, { maxLineBytes: 10 });
      expect(await next(session)).toEqual(['a']);
      await expect(next(session)).rejects.toMatchObject({ code: 'DATA_CORRUPT', details: { at: 2 } });
    });

    it('is not too long because its \\r came before its \\n', async () => {
      const path = newPath();
      writeFileSync(path, 'abcd\r');
      const session = await tail(path, { maxLineBytes: 4 });
      expect(await next(session)).toEqual([]);
      appendFileSync(path, '\n');
      expect(await next(session)).toEqual(['abcd']);
    });

    it('is an error before it has ended', async () => {
      const path = newPath();
      writeFileSync(path, 'x'.repeat(20));
      await expect(next(await tail(path, { maxLineBytes: 10 }))).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    });

    it.each([
      ['skip', ['a', 'b']],
      ['truncate', ['a', 'x'.repeat(10), 'b']],
    ] as const)('is handled and counted with %s', async (onLongLine, lines) => {
      const path = newPath();
      writeFileSync(path, content);
      const session = await tail(path, { maxLineBytes: 10, onLongLine });
      const { cut } = await session.cut();
      expect(cut.records).toBe(lines.length);
      expect(await session.read(cut)).toEqual(lines);
      expect(session.reports).toMatchObject([{ code: 'RECORDS_DROPPED', count: 1 }]);
    });

    it.each([
      ['skip', []],
      ['truncate', ['y'.repeat(10)]],
    ] as const)('may be longer than a batch, and is then a batch of its own with %s', async (onLongLine, long) => {
      const path = newPath();
      writeFileSync(path, `a\n${'y'.repeat(300)}`);
      const session = await tail(path, { maxLineBytes: 10, maxBytesPerBatch: 12, onLongLine });
      expect(await next(session)).toEqual(['a']);
      for (let i = 0; i < 5; i++) expect(await next(session)).toEqual([]);
      appendFileSync(path, `${'y'.repeat(100)}\nb\n`);
      const all: string[] = [];
      await eventually('b', async () => {
        all.push(...(await next(session)));
        return all.includes('b');
      });
      expect(all).toEqual([...long, 'b']);
      expect(session.reports).toMatchObject([{ code: 'RECORDS_DROPPED', count: 1 }]);
    });

    it.each([
      ['skip', ['b']],
      ['truncate', ['z'.repeat(10), 'b']],
    ] as const)('may be the last one of a file that was renamed, with %s', async (onLongLine, lines) => {
      const path = newPath();
      writeFileSync(path, 'z'.repeat(50));
      const session = await tail(path, { maxLineBytes: 10, maxBytesPerBatch: 12, onLongLine });
      expect(await next(session)).toEqual([]);
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'b\n');
      expect(await linesOf(session, lines.length)).toEqual(lines);
    });
  });

  describe('a line that is not valid text', () => {
    it('has U+FFFD for what cannot be read, and is counted once', async () => {
      const path = newPath();
      writeFileSync(path, Buffer.concat([Buffer.from('a\n'), Buffer.from([0xff]), Buffer.from('\nb\n')]));
      const session = await tail(path);
      const { cut } = await session.cut();
      for (let i = 0; i < 2; i++) expect(await session.read(cut)).toEqual(['a', '\ufffd', 'b']);
      expect(session.reports.filter(({ code }) => code === 'RECORD_UNDECODABLE')).toMatchObject([
        { count: 1 },
        { count: 1 },
      ]);
    });

    it("is an error with onInvalid: 'fail'", async () => {
      const path = newPath();
      writeFileSync(path, Buffer.from([0xff, 0x0a]));
      await expect(next(await tail(path, { onInvalid: 'fail' }))).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' });
    });
  });

  it('reports a path that cannot be read for now once, cuts empty batches, and goes on', async () => {
    const path = newPath();
    writeFileSync(path, 'a\n');
    const session = await tail(path);
    expect(await next(session)).toEqual(['a']);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    for (let i = 0; i < 3; i++) expect(await next(session)).toEqual([]);
    expect(codes(session)).toEqual(['SOURCE_UNAVAILABLE']);
    rmSync(path, { recursive: true });
    writeFileSync(path, 'b\n');
    expect(await linesOf(session, 1)).toEqual(['b']);
  });

  it.skipIf(process.platform !== 'linux')('closes what it opens after it was left', async () => {
    const path = newPath();
    for (const one of [path, `${path}.1`]) writeFileSync(one, 'a\n');
    const source = tailFile(path)[SOURCE]();
    const opening = { position: undefined, scheduler: asyncScheduler, signal: new AbortController().signal };
    const opened = source.open({ ...opening, wake: () => {}, report: () => {} });
    const closed = source.close();
    await opened;
    await closed;
    expect(openFiles(path)).toBe(0);
  });

  it('reads the file it has although what has come to the path cannot be opened', async () => {
    const path = newPath();
    writeFileSync(path, 'a\n');
    const session = await tail(path);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    expect(await next(session)).toEqual(['a']);
    appendFileSync(`${path}.1`, 'b\n');
    expect(await next(session)).toEqual(['b']);
  });

  it.skipIf(process.platform !== 'linux')('closes every file it opened', async () => {
    const path = newPath();
    writeFileSync(path, 'a\n');
    const session = await tail(path);
    await session.cutUntil(1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'b\n');
    await session.cutUntil(1);
    expect(openFiles(path)).toBe(2);
    await session.close();
    expect(openFiles(path)).toBe(0);
  });

  it.each([
    ['an empty path', '', {}],
    ['a negative line limit', 'x', { maxLineBytes: -1 }],
    ['a batch smaller than a line', 'x', { maxBytesPerBatch: 100 }],
    ['a policy that does not exist', 'x', { onLost: 'ignore' }],
    ['a start that does not exist', 'x', { from: 'middle' }],
    ['an encoding that does not exist', 'x', { encoding: 'klingon' }],
    ['an encoding whose newline has two bytes', 'x', { encoding: 'utf-16le' }],
    ['a store that is none', 'x', { offsets: {} }],
  ])('refuses %s where it is written', (_name, path, options) => {
    expect(() => tailFile(path, options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

/** How many descriptors of this process are open on a file or one renamed from it. */
function openFiles(path: string): number {
  const inodes = new Set([statSync(path).ino, statSync(`${path}.1`).ino]);
  let count = 0;
  for (const name of readdirSync('/proc/self/fd')) {
    const stat = statSync(`/proc/self/fd/${name}`, { throwIfNoEntry: false });
    if (stat !== undefined && inodes.has(stat.ino)) count++;
  }
  return count;
}
