import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/sources/socket/LineSplitter.ts';
import { decodingOf } from '../../../src/sources/text/decoding.ts';
import { ANY_NEWLINE, endingWith, NEWLINE } from '../../../src/sources/text/lineEnds.ts';
import type { LineRules } from '../../../src/sources/text/visitLines.ts';
import { below, chunked, pick, randomFrom, seeds } from '../support/random.ts';

const UTF8 = decodingOf('test', 'utf8');

interface Result {
  readonly lines: readonly string[];
  readonly invalid: number;
  readonly long: number;
  readonly broken: boolean;
}

function rules(more: Partial<LineRules> = {}): LineRules {
  return { ends: ANY_NEWLINE, decoding: UTF8, maxLineBytes: 1024, longLine: 'skip', ...more };
}

function split(chunks: readonly Buffer[], lineRules: LineRules): Result {
  const splitter = new LineSplitter(lineRules);
  const parts = [...chunks.map((chunk) => splitter.push(chunk)), splitter.end()];
  return {
    lines: parts.flatMap(({ records }) => records),
    invalid: parts.reduce((sum, { invalid = 0 }) => sum + invalid, 0),
    long: parts.reduce((sum, { long = 0 }) => sum + long, 0),
    broken: parts.some(({ broken }) => broken !== undefined),
  };
}

/** The same rules, written for one piece of bytes without any regard to speed. */
function reference(bytes: Buffer, { ends, maxLineBytes, longLine }: LineRules): Result {
  const lines: string[] = [];
  let invalid = 0;
  let long = 0;
  for (let at = 0; at < bytes.length; ) {
    let end = at;
    const isEnd = (byte: number | undefined): boolean =>
      ends === NEWLINE ? byte === 10 : ends === ANY_NEWLINE ? byte === 10 || byte === 13 : byte === 59;
    while (end < bytes.length && !isEnd(bytes[end])) end++;
    let next = end + 1;
    if (ends === ANY_NEWLINE && bytes[end] === 13 && bytes[end + 1] === 10) next++;
    let content = bytes.subarray(at, end);
    if (ends === NEWLINE && end < bytes.length && content.at(-1) === 13) content = content.subarray(0, -1);
    at = next;
    if (content.length > maxLineBytes) {
      long++;
      if (longLine === 'stop') return { lines, invalid, long, broken: true };
      if (longLine === 'skip') continue;
      let cut = maxLineBytes;
      const isContinuation = (i: number): boolean => ((content[i] ?? 0) & 0xc0) === 0x80;
      for (let step = 0; step < 3 && cut > 0 && isContinuation(cut); step++) cut--;
      if (isContinuation(cut)) cut = maxLineBytes;
      content = content.subarray(0, cut);
    }
    const text = content.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(content)) invalid++;
    lines.push(text);
  }
  return { lines, invalid, long, broken: false };
}

function randomBytes(random: () => number): Buffer {
  const pieces = [
    'a',
    'b',
    'é',
    '€',
    '😀',
    '\n',
    '\r',
    '\r\n',
    ';',
    'word word',
    Buffer.from([0xff]),
    Buffer.from([0xe2, 0x82]),
  ];
  return Buffer.concat(Array.from({ length: below(random, 60) }, () => Buffer.from(pick(random, pieces) as string)));
}

describe('LineSplitter', () => {
  it.each([
    ['\\n', 'a\nb\n', ['a', 'b']],
    ['\\r\\n', 'a\r\nb\r\n', ['a', 'b']],
    ['\\r', 'a\rb\r', ['a', 'b']],
    ['all of them, and empty lines', 'a\n\nb\r\r\nc\n\r', ['a', '', 'b', '', 'c', '']],
    ['nothing, for the last line', 'a\nb', ['a', 'b']],
  ])('ends lines at %s', (_name, text, lines) => {
    expect(split([Buffer.from(text)], rules()).lines).toEqual(lines);
  });

  it('ends lines at the delimiter of the user and nowhere else', () => {
    expect(split([Buffer.from('a\r\n;b;')], rules({ ends: endingWith(';') })).lines).toEqual(['a\r\n', 'b']);
  });

  it('takes a line end that is torn between two chunks for one', () => {
    expect(split([Buffer.from('a\r'), Buffer.from('\nb\n')], rules()).lines).toEqual(['a', 'b']);
  });

  it('gives a line as soon as its \\r has come', () => {
    expect(new LineSplitter(rules()).push(Buffer.from('a\r')).records).toEqual(['a']);
  });

  it('holds no more of an endless line than the limit', () => {
    const splitter = new LineSplitter(rules({ maxLineBytes: 100 }));
    for (let i = 0; i < 1000; i++) splitter.push(Buffer.alloc(1000, 'x'));
    expect(splitter.held).toBeLessThanOrEqual(102);
    const { records, long, cutAway } = splitter.push(Buffer.from('\nb\n'));
    expect({ records, long, cutAway }).toEqual({ records: ['b'], long: 1, cutAway: 1_000_000 });
  });

  it('breaks the stream at an endless line before its end has come', () => {
    const splitter = new LineSplitter(rules({ maxLineBytes: 100, longLine: 'stop' }));
    expect(splitter.push(Buffer.from('a\n'))).toMatchObject({ records: ['a'] });
    const broken = splitter.push(Buffer.alloc(1000, 'x'));
    expect(broken).toMatchObject({ records: [], broken: expect.stringContaining('at most 100 bytes') });
    expect(splitter.push(Buffer.from('\nb\n'))).toMatchObject({ records: [] });
  });

  it('counts every byte that a break leaves out', () => {
    const splitter = new LineSplitter(rules({ maxLineBytes: 2, longLine: 'stop' }));
    expect(splitter.push(Buffer.from('a\nxxxx\nb\nc'))).toMatchObject({ records: ['a'], cutAway: 8 });
  });

  it('counts lines that are not valid text and puts U+FFFD for what it cannot read', () => {
    const bytes = Buffer.concat([Buffer.from('good\n'), Buffer.from([0xff, 0xfe]), Buffer.from('\nalso good\n')]);
    expect(split([bytes], rules())).toMatchObject({ lines: ['good', '\ufffd\ufffd', 'also good'], invalid: 1 });
  });

  it('gives the same lines wherever the chunks end', () => {
    for (const seed of seeds(300)) {
      const random = randomFrom(seed);
      const bytes = randomBytes(random);
      const lineRules = rules({
        ends: pick(random, [ANY_NEWLINE, NEWLINE, endingWith(';')]),
        maxLineBytes: pick(random, [1, 2, 3, 5, 20, 1024]),
        longLine: pick(random, ['skip', 'truncate', 'stop'] as const),
      });
      const expected = reference(bytes, lineRules);
      for (const longest of [1, 2, 7, 1000]) {
        expect(
          split(chunked(random, bytes, longest), lineRules),
          `SEED=${seed} ${JSON.stringify(String(bytes))}`,
        ).toEqual(expected);
      }
    }
  });
});
