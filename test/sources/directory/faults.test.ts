import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Subscription, timer } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TextFilesOptions, textFiles } from '../../../src/sources/directory/textFiles.ts';
import { eventually } from '../../../src/testing/SourceSession.ts';
import { Directory, type Session } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

const open = (options: TextFilesOptions = {}, intervalMs = 1000): Promise<Session<string>> =>
  directory.open(textFiles(directory.path, options), { intervalMs });

/** What happens to a file between its selection and its reading. */
const LOSSES: Readonly<Record<string, (path: string) => void>> = {
  'is deleted': (path) => rmSync(path),
  'is cut off': (path) => truncateSync(path, 2),
  'is replaced': (path) => {
    writeFileSync(`${path}.new`, 'other content of any length\n');
    renameSync(`${path}.new`, path);
  },
  'is written over': (path) => writeFileSync(path, 'b\nb\n'),
  'becomes a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'becomes a pipe': (path) => {
    rmSync(path);
    execFileSync('mkfifo', [path]);
  },
  'becomes a link to itself': (path) => {
    rmSync(path);
    symlinkSync(path, path);
  },
};

describe('a file that between its selection and its reading', () => {
  describe.each(Object.entries(LOSSES))('%s', (_, happens) => {
    it('is an error that names it', async () => {
      const path = directory.put('a', 100, 'a\na\n');
      const session = await open();
      const { cut } = await session.cut(1000);
      happens(path);
      await expect(session.read(cut)).rejects.toMatchObject({ code: 'DATA_LOST', retriable: false, details: { path } });
    });

    it('is left out and reported, if asked to', async () => {
      const path = directory.put('a', 100, 'a\na\n');
      directory.put('z', 200);
      const session = await open({ onLost: 'skip' });
      const { cut } = await session.cut(1000);
      happens(path);
      expect(await session.read(cut)).toEqual(['z']);
      expect(session.reports).toMatchObject([{ code: 'FILE_SKIPPED', details: { path } }]);
    });

    it('is an error also where it was to be counted or divided, after what comes before it, until it is back', async () => {
      const path = directory.put('a', 100, 'a\na\n');
      const source = textFiles(directory.path, { newFilesOnly: false });
      const session = await directory.open(source, { maxRecords: 1 });
      const first = await session.cut(1000);
      const again = await directory.open(source, { maxRecords: 1, position: first.cut.position });
      happens(path);
      const failed = await again.cut(2000);
      expect(failed).toMatchObject({ empty: true, last: true, error: { code: 'DATA_LOST', details: { path } } });
      rmSync(path, { recursive: true, force: true });
      directory.put('a', 100, 'a\na\n');
      const last = await directory.open(source, { maxRecords: 1, position: failed.cut.position });
      expect(await last.batch(3000)).toEqual(['a']);
    });

    it('is left out also where it was to be counted or divided', async () => {
      const path = directory.put('a', 100, 'a\na\n');
      directory.put('z', 200);
      const source = textFiles(directory.path, { onLost: 'skip' });
      const session = await directory.open(source, { maxRecords: 1 });
      const first = await session.cut(1000);
      expect(await session.read(first.cut)).toEqual(['a']);
      const again = await directory.open(source, { maxRecords: 1, position: first.cut.position });
      happens(path);
      expect((await again.batches(2000)).flat()).toEqual(['z']);
      expect([...new Set(again.codes)]).toEqual(['FILE_SKIPPED']);
    });
  });

  it('grows gives the bytes that it had, and the others are reported', async () => {
    const path = directory.put('a', 100, 'a\nhalf');
    const session = await open();
    const { cut } = await session.cut(1000);
    appendFileSync(path, ' and more\n');
    expect([await session.read(cut), await session.read(cut)]).toEqual([
      ['a', 'half'],
      ['a', 'half'],
    ]);
    expect(session.reports[0]).toMatchObject({ code: 'RECORDS_DROPPED', count: 10 });
  });

  it('is copied back with its time is the same file', async () => {
    const path = directory.put('a', 100, 'a\n');
    const session = await open();
    const { cut } = await session.cut(1000);
    const { mtimeMs } = statSync(path);
    rmSync(path);
    writeFileSync(path, 'a\n');
    utimesSync(path, mtimeMs / 1000 + 1e-6, mtimeMs / 1000 + 1e-6);
    expect(await session.read(cut)).toEqual(['a']);
  });
});

describe('a gzip file', () => {
  const content = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `line ${n} ${(n * 7919) % 104_729}`).join('\n'));
  const packed = gzipSync(content);
  const DAMAGES: Readonly<Record<string, Buffer>> = {
    'ends inside a block': packed.subarray(0, packed.length / 2),
    'ends inside its checksum': packed.subarray(0, packed.length - 3),
    'is none': Buffer.from('plain text'),
  };

  describe.each(Object.entries(DAMAGES))('that %s', (_, bytes) => {
    it('is an error that names file and position', async () => {
      const path = directory.put('a.gz', 100, bytes);
      const session = await open();
      const { cut } = await session.cut(1000);
      const failure = await session.read(cut).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'DATA_CORRUPT',
        retriable: false,
        details: { path, at: expect.any(Number) },
      });
    });

    it.each([1024 * 1024 * 64, 100_000])(
      'gives the whole lines before, each once, in batches of %i bytes',
      async (maxBytesPerBatch) => {
        directory.put('a.gz', 100, bytes);
        directory.put('z', 200);
        const session = await open({ onCorrupt: 'skip', maxBytesPerBatch, maxLineBytes: 1000 });
        const lines = (await session.batches(1000)).flat();
        expect(lines.pop()).toBe('z');
        expect(lines).toEqual(content.toString().split('\n').slice(0, lines.length));
        expect(session.codes).toEqual(['DATA_CORRUPT']);
      },
    );
  });

  it('with a flipped byte is an error before any of its lines is given, if it fits a batch', async () => {
    const flipped = Buffer.from(packed);
    flipped[60_000] = (flipped[60_000] as number) ^ 0x55;
    directory.put('a.gz', 100, flipped);
    await expect((await open()).batch(1000)).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it('that is damaged late gives most of its lines', async () => {
    directory.put('a.gz', 100, DAMAGES['ends inside its checksum'] as Buffer);
    const lines = await (await open({ onCorrupt: 'skip' })).batch(1000);
    expect(lines.length).toBeGreaterThan(19_000);
  });

  it('that unpacks to very much is read in parts', async () => {
    directory.put('a.gz', 100, gzipSync(Buffer.alloc(30_000_000, 'x\n')));
    const session = await open({ maxBytesPerBatch: 8_000_000 });
    const batches = await session.batches(1000);
    expect(batches.map((batch) => batch.length)).toEqual([4_000_000, 4_000_000, 4_000_000, 3_000_000]);
  });
});

describe('what cannot be read as a file', () => {
  it('is left out and reported once', async () => {
    execFileSync('mkfifo', [join(directory.path, 'pipe')]);
    symlinkSync('/dev/zero', join(directory.path, 'device'));
    mkdirSync(join(directory.path, 'folder.txt'));
    directory.put('a', 100);
    const session = await open();
    expect([await session.batch(Date.now()), await session.batch(Date.now() + 1000)]).toEqual([[], []]);
    expect(session.reports.map(({ code, details }) => [code, details?.path]).sort()).toEqual([
      ['FILE_SKIPPED', join(directory.path, 'device')],
      ['FILE_SKIPPED', join(directory.path, 'pipe')],
    ]);
  });

  it('because no text can express its name is reported, once', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${directory.path}/a-`), Buffer.from([0xff])]), 'a\n');
    const session = await open({ newFilesOnly: false });
    expect([await session.batch(Date.now()), await session.batch(Date.now() + 1000)]).toEqual([[], []]);
    expect(session.reports.map(({ code, message }) => [code, /not valid UTF-8/.test(message)])).toEqual([
      ['SOURCE_UNAVAILABLE', true],
    ]);
  });

  it('and cannot even be looked at is reported, once, and taken when it can', async () => {
    const path = join(directory.path, 'a');
    symlinkSync(path, path);
    directory.put('b', 500);
    const session = await open();
    expect(await session.batch(1000)).toEqual(['b']);
    expect(await session.batch(2000)).toEqual([]);
    expect(session.reports).toMatchObject([{ code: 'SOURCE_UNAVAILABLE', details: { path } }]);
    rmSync(path);
    directory.put('a', 1500);
    expect(await session.batch(3000)).toEqual(['a']);
  });
});

it('a path that is a file is said to be one, and what reads it', async () => {
  directory.put('log', 500);
  const session = await directory.open(textFiles(join(directory.path, 'log')));
  expect(await session.batch(1000)).toEqual([]);
  expect(session.reports).toMatchObject([{ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('tailFile') }]);
});

describe('a file that cannot be read for now', () => {
  const unheardOf = ['x'.repeat(5000), 3, 100, 1] as const;

  it('is an error that passes', async () => {
    const session = await open();
    const reading = session.read({ data: { pieces: [unheardOf] } });
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', retriable: true });
  });

  it('and has to be looked at keeps the others waiting, and that is said once', async () => {
    const position = { since: 0, time: 1000, recent: [], waiting: [unheardOf, ['b', 2, 100, 1]], at: 0 };
    const session = await directory.open(textFiles(directory.path), { position, maxRecords: 1 });
    for (const time of [1000, 2000]) expect(await session.cut(time)).toMatchObject({ empty: true, more: false });
    expect(session.codes).toEqual(['SOURCE_UNAVAILABLE']);
  });
});

describe('a directory that goes away between selection and reading', () => {
  it('makes the read fail for now, and give the records when it is back', async () => {
    directory.put('a', 100);
    const session = await open({ onLost: 'skip' });
    const { cut } = await session.cut(1000);
    renameSync(directory.path, `${directory.path}.away`);
    await expect(session.read(cut)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', retriable: true });
    renameSync(`${directory.path}.away`, directory.path);
    expect(await session.read(cut)).toEqual(['a']);
  });
});

describe('a directory that is not there', () => {
  it('is waited for, and said once', async () => {
    rmSync(directory.path, { recursive: true });
    const session = await open();
    expect([await session.batch(1000), await session.batch(2000)]).toEqual([[], []]);
    expect(session.codes).toEqual(['SOURCE_UNAVAILABLE']);
    directory.put('a', 2500);
    expect(await session.batch(3000)).toEqual(['a']);
  });

  it('is an error at the start, if asked to', async () => {
    const path = join(directory.path, 'none');
    const missing = directory.open(textFiles(path, { onMissing: 'fail' }));
    await expect(missing).rejects.toMatchObject({ code: 'SOURCE_FAILED', details: { path } });
    writeFileSync(path, '');
    const noFolder = directory.open(textFiles(path, { onMissing: 'fail' }));
    await expect(noFolder).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('any more is reported each time it goes, and its files are found when it is back', async () => {
    const session = await open();
    for (const time of [1000, 3000]) {
      directory.put(`file ${time}`, time - 500);
      expect(await session.batch(time)).toEqual([`file ${time}`]);
      renameSync(directory.path, `${directory.path}.away`);
      expect(await session.batch(time + 1000)).toEqual([]);
      renameSync(`${directory.path}.away`, directory.path);
    }
    expect(session.codes).toEqual(['SOURCE_UNAVAILABLE', 'SOURCE_UNAVAILABLE']);
  });
});

describe('a directory that is away for longer than the remember window', () => {
  it('loses no file that was written meanwhile', async () => {
    const session = await open({ minRememberDuration: 10_000 });
    expect(await session.batch(1000)).toEqual([]);
    const elsewhere = `${directory.path}.away`;
    renameSync(directory.path, elsewhere);
    for (let time = 2000; time <= 100_000; time += 1000) expect(await session.batch(time)).toEqual([]);
    renameSync(elsewhere, directory.path);
    for (const time of [1500, 50_000, 99_000]) directory.put(`written at ${time}`, time);
    expect(await session.batch(101_000)).toEqual(['written at 1500', 'written at 50000', 'written at 99000']);
    expect([await session.batch(102_000), session.codes]).toEqual([[], ['SOURCE_UNAVAILABLE']]);
  });
});

describe('a filter that throws', () => {
  it('ends the stream with its error and the file', async () => {
    const path = directory.put('a', 100);
    const cause = new Error('no');
    const filter = (): boolean => {
      throw cause;
    };
    await expect((await open({ filter })).cut(1000)).rejects.toMatchObject({
      code: 'OPERATOR_FAILED',
      cause,
      details: { path },
    });
  });
});

describe('left at any moment', () => {
  it('it keeps no file and no timer', async () => {
    const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n}`).join('\n');
    for (let n = 0; n < 20; n++)
      directory.put(n % 2 === 0 ? `${n}.gz` : `${n}`, 100, n % 2 === 0 ? gzipSync(lines) : lines);
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const options = {
      newFilesOnly: false,
      minRememberDuration: Number.POSITIVE_INFINITY,
      maxLineBytes: 100,
      maxBytesPerBatch: 200_000,
    };
    for (let delay = 0; delay < 40; delay++) {
      const all = new Subscription();
      all.add(textFiles(directory.path, options).subscribe());
      await new Promise<void>((resolve) => timer(delay % 10).subscribe(() => resolve()));
      all.unsubscribe();
    }
    const openFiles = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [readlinkSync(join('/proc/self/fd', fd))];
        } catch {
          return [];
        }
      });
    await eventually('the files to be closed', () => !openFiles().some((path) => path.startsWith(directory.path)));
    await eventually('the timers to end', () => timers() <= before);
    expect(openFiles().filter((path) => path.startsWith(directory.path))).toEqual([]);
  });
});
