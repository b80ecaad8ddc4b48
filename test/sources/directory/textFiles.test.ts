import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TextFilesOptions, textFiles } from '../../../src/sources/directory/textFiles.ts';
import { below, chunked, pick, randomFrom, seeds } from '../support/random.ts';
import { Directory, type Session } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

const open = (options: TextFilesOptions = {}, maxRecords = Number.POSITIVE_INFINITY): Promise<Session<string>> =>
  directory.open(textFiles(directory.path, options), { maxRecords });

describe('lines', () => {
  it('end with \\n, \\r\\n or \\r, and the last one may lack its end', async () => {
    directory.put('a', 100, 'a\n\nb\r\n\r\nc\rd\r\re');
    directory.put('b', 200, 'f\r');
    directory.put('c', 300, '');
    directory.put('d', 400, '\n');
    expect(await (await open()).batch(1000)).toEqual(['a', '', 'b', '', 'c', 'd', '', 'e', 'f', '']);
  });

  it('begin after a byte order mark, that of each file', async () => {
    directory.put('a', 100, '\ufeffa\n');
    directory.put('b', 200, '\ufeffb\n\ufeffc\n');
    expect(await (await open()).batch(1000)).toEqual(['a', 'b', '\ufeffc']);
  });

  it('may be in another character set', async () => {
    directory.put('a', 100, Buffer.from([0x83, 0x65, 0x0a]));
    expect(await (await open({ encoding: 'shift_jis' })).batch(1000)).toEqual(['テ']);
  });

  it('of a file that ends inside a character end with U+FFFD, and that is reported once', async () => {
    directory.put('a', 100, Buffer.from('good\nhalf é').subarray(0, -1));
    const session = await open();
    const { cut } = await session.cut(1000);
    expect(await session.read(cut)).toEqual(['good', 'half \ufffd']);
    expect(session.reports.map(({ code, count }) => [code, count])).toEqual([['RECORD_UNDECODABLE', 1]]);
  });

  it('that are no valid text are an error, if asked to', async () => {
    directory.put('a', 100, Buffer.from([0x61, 0x0a, 0xff, 0x0a]));
    const session = await open({ onInvalid: 'fail' });
    await expect(session.batch(1000)).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' });
  });
});

describe('lines longer than allowed', () => {
  const content = `short\n${'x'.repeat(11)}\n${'y'.repeat(10)}\r\nend`;

  it('are an error that names file and byte', async () => {
    const path = directory.put('a', 100, content);
    const session = await open({ maxLineBytes: 10, maxBytesPerBatch: 1000 });
    const { cut } = await session.cut(1000);
    await expect(session.read(cut)).rejects.toMatchObject({ code: 'DATA_CORRUPT', details: { path, at: 6 } });
  });

  it.each([
    ['skip', ['short', 'y'.repeat(10), 'end']],
    ['truncate', ['short', 'x'.repeat(10), 'y'.repeat(10), 'end']],
  ] as const)('are reported with %s', async (onLongLine, lines) => {
    directory.put('a', 100, content);
    const session = await open({ maxLineBytes: 10, onLongLine });
    expect(await session.batch(1000)).toEqual(lines);
    expect(session.reports.map(({ code, count }) => [code, count])).toEqual([['RECORDS_DROPPED', 1]]);
  });

  it.each([
    ['skip', ['a', 'b', 'c']],
    ['truncate', ['a', 'x'.repeat(10), 'b', 'c']],
  ] as const)('are not loaded where they do not fit a batch, with %s', async (onLongLine, lines) => {
    directory.put('a', 100, `a\n${'x'.repeat(1_000_000)}\r\nb\nc`);
    directory.put('b', 200, gzipSync(`a\n${'x'.repeat(1_000_000)}\r\nb\nc`));
    for (const filter of [(name: string) => name === 'a', (name: string) => name === 'b']) {
      const session = await open({
        maxLineBytes: 10,
        maxBytesPerBatch: 20,
        onLongLine,
        filter,
        decompress: filter('b') ? 'gzip' : 'none',
      });
      expect((await session.batches(1000)).flat()).toEqual(lines);
      expect(session.reports.map(({ code, count }) => [code, count])).toEqual([['RECORDS_DROPPED', 1]]);
    }
  });

  it('are an error also where they do not fit a batch', async () => {
    const path = directory.put('a', 100, `a\n${'x'.repeat(1_000_000)}\nb\nc`);
    const session = await open({ maxLineBytes: 10, maxBytesPerBatch: 20 });
    expect(await session.batch(1000)).toEqual(['a']);
    await expect(session.batch(2000)).rejects.toMatchObject({ code: 'DATA_CORRUPT', details: { path, at: 2 } });
  });
});

describe('a batch', () => {
  it('has no more bytes than allowed: what has no room comes in the next ones, in order', async () => {
    directory.put('a', 100, 'a1\na2\na3\na4\na5\n');
    directory.put('b', 200, 'b1\nb2\n');
    directory.put('c', 300, 'c1\n');
    const session = await open({ maxLineBytes: 4, maxBytesPerBatch: 10 });
    expect(await session.batches(1000)).toEqual([
      ['a1', 'a2', 'a3'],
      ['a4', 'a5'],
      ['b1', 'b2', 'c1'],
    ]);
  });

  it('has no more records than allowed', async () => {
    directory.put('a', 100, 'a1\na2\r\na3');
    directory.put('b', 200, 'b1\rb2\r');
    const session = await open({}, 2);
    const first = await session.cut(1000);
    expect([await session.read(first.cut), first.cut.records]).toEqual([['a1', 'a2'], 2]);
    expect(await session.batches(2000)).toEqual([['a3', 'b1'], ['b2']]);
  });

  it('has no more files than allowed, the oldest first', async () => {
    for (const [at, name] of ['d', 'c', 'b', 'a', 'e'].entries()) directory.put(name, 100 * (at + 1));
    const session = await open({ maxFilesPerBatch: 2 });
    expect(await session.batches(1000)).toEqual([['d', 'c'], ['b', 'a'], ['e']]);
  });

  it('holds thousands of files as a small cut', async () => {
    for (let n = 0; n < 2_000; n++) directory.put(`file-${n}`, 100);
    const session = await open();
    const { cut, more } = await session.cut(1000);
    expect([(await session.read(cut)).length, more]).toEqual([2_000, false]);
    expect(JSON.stringify(cut.data).length).toBeLessThan(2_000 * 50);
  });

  it('of a big file is found at its end, not by reading it from its beginning', async () => {
    const lines = Array.from({ length: 400_000 }, (_, n) => `line ${n}`);
    directory.put('a', 100, lines.join('\n'));
    const session = await open({ maxBytesPerBatch: 1024 * 1024 + 2 });
    const batches = await session.batches(1000);
    expect(batches.length).toBeGreaterThan(3);
    expect(batches.flat()).toEqual(lines);
  });
});

describe('compressed files', () => {
  it('are unpacked by name, all their members', async () => {
    directory.put('a.gz', 100, Buffer.concat([gzipSync('a\nb'), gzipSync(''), gzipSync('c\nd\n')]));
    directory.put('b.GZ', 200, gzipSync('e'));
    directory.put('c', 300, 'plain\n');
    expect(await (await open()).batch(1000)).toEqual(['a', 'bc', 'd', 'e', 'plain']);
  });

  it('are unpacked whatever they are called, or not at all', async () => {
    directory.put('a', 100, gzipSync('a\nb\n'));
    expect(await (await open({ decompress: 'gzip' })).batch(1000)).toEqual(['a', 'b']);
    directory.put('b.gz', 200, 'not packed\n');
    const plain = await open({ decompress: 'none', filter: (name) => name === 'b.gz' });
    expect(await plain.batch(1000)).toEqual(['not packed']);
  });

  it('are divided too, and the same part comes again', async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => `line ${n} ${n % 97}`);
    directory.put('a.gz', 100, gzipSync(lines.join('\r\n')));
    const session = await open({ maxLineBytes: 1000, maxBytesPerBatch: 100_000 });
    const cuts = await session.cuts(1000);
    const got: string[] = [];
    for (const cut of cuts) got.push(...(await session.read(cut)));
    expect(got).toEqual(lines);
    const again = await open({ maxLineBytes: 1000, maxBytesPerBatch: 100_000 });
    for (const at of [3, 4, 4, 1, 2]) {
      const [cut] = cuts.slice(at) as [(typeof cuts)[0]];
      expect(await again.read(cut)).toEqual(await session.read(cut));
    }
  });
});

describe('whatever the limits, the lines are those of the files', () => {
  it.each(seeds(40))('seed %i', async (seed) => {
    const random = randomFrom(seed);
    const expected: string[] = [];
    for (let n = below(random, 6); n >= 0; n--) {
      let content = '';
      for (let line = below(random, 30); line > 0; line--) {
        const text = pick(random, ['', 'é', 'x'.repeat(below(random, 12)), '日本', '\ud83d\ude00']);
        expected.push(text);
        content += text + pick(random, ['\n', '\r\n', '\r']);
        // An end that would join the line end after it, and make one line of two.
        if (content.endsWith('\r')) {
          expected.push('-');
          content += '-\n';
        }
      }
      const bytes = Buffer.from(content);
      const packed = random() < 0.4;
      const members = chunked(random, bytes, 200).map((chunk) => gzipSync(chunk));
      directory.put(packed ? `${n}.gz` : `${n}`, 900 - n, packed ? Buffer.concat(members) : bytes);
      if (packed && members.length === 0) rmSync(`${directory.path}/${n}.gz`);
    }
    const longest = 12 + below(random, 20);
    const options = { maxLineBytes: longest, maxBytesPerBatch: longest + 2 + below(random, 200) };
    const maxRecords = pick(random, [1, 2, 7, Number.POSITIVE_INFINITY]);
    const session = await open(options, maxRecords);
    const cuts = await session.cuts(1000);
    const batches: string[][] = [];
    // Read by whoever cut them, and by another process.
    for (const cut of cuts) batches.push(await (random() < 0.5 ? session : await open(options)).read(cut));
    expect(batches.flat()).toEqual(expected);
    const again = await open(options);
    for (const cut of cuts) expect(await again.read(cut)).toEqual(batches[cuts.indexOf(cut)]);
    expect(batches.every((batch) => batch.length <= maxRecords)).toBe(true);
  });
});

describe('wrong arguments are refused where they are written', () => {
  it.each([
    ['', {}, 'textFiles(path): expected a text that is not empty, got "".'],
    ['a/[', {}, 'textFiles(path): expected a [ with its ] in the same folder name, got "[".'],
    [
      'a',
      { minRememberDuration: 0 },
      'textFiles(minRememberDuration): expected a whole number of at least 1 or Infinity, got 0.',
    ],
    ['a', { newFilesOnly: 'no' }, 'textFiles(newFilesOnly): expected true or false, got "no".'],
    ['a', { filter: /x/ }, 'textFiles(filter): expected a function, got an object (RegExp).'],
    ['a', { decompress: 'zip' }, "textFiles(decompress): expected 'auto', 'gzip' or 'none', got \"zip\"."],
    ['a', { onLost: 'retry' }, "textFiles(onLost): expected 'fail' or 'skip', got \"retry\"."],
    [
      'a',
      { maxBytesPerBatch: 100 },
      'textFiles(maxBytesPerBatch): expected at least maxLineBytes and a line end (1048578), got 100.',
    ],
    [
      'a',
      { encoding: 'utf-16le' },
      'textFiles(encoding): expected a character set whose newline is one byte, got "utf-16le". Convert the text to utf8 first.',
    ],
  ])('%s with %j', (path, options, message) => {
    expect(() => textFiles(path, options as TextFilesOptions)).toThrow(message);
  });
});
