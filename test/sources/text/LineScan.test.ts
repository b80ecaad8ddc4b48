import { describe, expect, it } from 'vitest';
import { decodingOf } from '../../../src/sources/text/decoding.ts';
import { LineScan } from '../../../src/sources/text/LineScan.ts';
import { NEWLINE } from '../../../src/sources/text/lineEnds.ts';
import { visitLines } from '../../../src/sources/text/visitLines.ts';
import { below, chunked, pick, randomFrom, seeds } from '../support/random.ts';

describe('LineScan', () => {
  it('ends before a line that is too long when that is an error', () => {
    const scan = new LineScan({ maxLineBytes: 3, onLongLine: 'fail', maxRecords: 10 });
    scan.push(Buffer.from('abc\r\nabcd\nab\n'));
    expect(scan).toMatchObject({ until: 5, records: 1, tooLong: true, ended: true });
  });

  it('knows a line to be too long before it has ended', () => {
    const scan = new LineScan({ maxLineBytes: 3, onLongLine: 'fail', maxRecords: 10 });
    scan.push(Buffer.from('abc\r'));
    expect(scan.tooLong).toBe(false);
    scan.push(Buffer.from('d'));
    expect(scan.tooLong).toBe(true);
  });

  it('ends at the record limit', () => {
    const scan = new LineScan({ maxLineBytes: 3, onLongLine: 'fail', maxRecords: 2 });
    scan.push(Buffer.from('a\nb\nc\n'));
    expect(scan).toMatchObject({ until: 4, records: 2, ended: true });
  });

  it('counts the lines that reading its range then gives, wherever the chunks end', () => {
    for (const seed of seeds(300)) {
      const random = randomFrom(seed);
      const bytes = Buffer.from(
        Array.from({ length: below(random, 80) }, () => pick(random, ['a', 'é', '\n', '\r', '\r\n', ' '])).join(''),
      );
      const maxLineBytes = pick(random, [1, 2, 5, 100]);
      const onLongLine = pick(random, ['fail', 'skip', 'truncate'] as const);
      const maxRecords = pick(random, [1, 3, 1000]);
      const results = [1, 3, 1000].map((longest) => {
        const scan = new LineScan({ maxLineBytes, onLongLine, maxRecords });
        for (const chunk of chunked(random, bytes, longest)) if (!scan.ended) scan.push(chunk);
        return { until: scan.until, records: scan.records, long: scan.long, tooLong: scan.tooLong };
      });
      expect(new Set(results.map((result) => JSON.stringify(result))).size, `SEED=${seed}`).toBe(1);
      const { until, records, long } = results[0] as (typeof results)[0];
      const lines: string[] = [];
      const rules = {
        ends: NEWLINE,
        decoding: decodingOf('test', 'utf8'),
        maxLineBytes,
        longLine: onLongLine === 'truncate' ? 'truncate' : 'skip',
      } as const;
      const found = visitLines(bytes, 0, until, rules, (line) => lines.push(line));
      expect(lines.length, `SEED=${seed}`).toBe(records);
      expect(found.long, `SEED=${seed}`).toBe(long);
    }
  });
});
