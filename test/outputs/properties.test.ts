/** What outputs promise, on random batches. The seed is in the name of each test. */
import { type Observable, of, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/core/Answer.ts';
import { foreachRecord } from '../../src/outputs/foreachRecord.ts';
import { jsonLine } from '../../src/outputs/jsonLine.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { no } from '../support/through.ts';

describe.each(seeds(30))('seed %i', (seed) => {
  const random = seeded(seed);
  const concurrency = random.pick([1, 2, 3, 7, Number.POSITIVE_INFINITY]);
  const batches = random.list(1, 4, () => random.list(0, 20, () => random.int(0, 40)));

  it('foreachRecord begins each record once and in order, never more than it may, and no batch before the last one is done', () => {
    const begun: string[] = [];
    const done = new Map<number, number>();
    let busy = 0;
    let most = 0;
    runBatches(batches, (source) =>
      source.pipe(
        foreachRecord(
          (ms, { position, batch: { time, records } }): Answer<unknown> => {
            if (position === 0) expect(done.get(time - 1000) ?? 0).toBe(batches[time / 1000 - 2]?.length ?? 0);
            begun.push(`${time} ${position} ${ms} of ${records.length}`);
            most = Math.max(most, ++busy);
            const end = (): void => {
              busy--;
              done.set(time, (done.get(time) ?? 0) + 1);
            };
            if (ms % 3 === 0) return end();
            return observed(ms % 3 === 1 ? of(1) : timer(ms), end);
          },
          { concurrency },
        ),
      ),
    );
    expect(begun).toEqual(
      batches.flatMap((records, at) => records.map((ms, n) => `${(at + 1) * 1000} ${n} ${ms} of ${records.length}`)),
    );
    expect(busy).toBe(0);
    expect(most).toBeLessThanOrEqual(concurrency);
  });

  it('foreachRecord names the record that fails first, and begins none after it', () => {
    const records = [...(batches[0] ?? []), 1, 2, 3];
    const bad = random.int(0, records.length - 1);
    const begun: number[] = [];
    const run = (): unknown =>
      runBatches([records], (source) =>
        source.pipe(
          foreachRecord(
            (ms, { position }): Answer<unknown> => {
              begun.push(position);
              if (position !== bad) return ms % 2 === 0 ? undefined : timer(ms);
              return random.pick([no, () => throwError(() => new Error('no'))])();
            },
            { concurrency },
          ),
        ),
      );
    expect(run).toThrow(expect.objectContaining({ details: { operator: 'foreachRecord', time: 1000, record: bad } }));
    expect(begun).toEqual(records.slice(0, bad + 1).map((_, at) => at));
  });

  it('a line of JSON is read back as what was written, whatever is in it', () => {
    for (let n = 0; n < 50; n++) {
      const record = anything(random, 4);
      const line = jsonLine(record);
      expect(line).not.toMatch(/[\n\r]/);
      expect(JSON.parse(line)).toEqual(record);
    }
  });

  it('a value that JSON would lose is found wherever it is', () => {
    for (let n = 0; n < 50; n++) {
      const lost = random.pick<unknown>([7n, Number.NaN, new Map(), new Set(), Buffer.from('a'), Symbol('s'), no]);
      const { record, way } = around(random, lost, random.int(0, 5));
      expect(() => jsonLine(record)).toThrow(` at ${way === '' ? 'the record itself' : way}. `);
    }
  });
});

function observed(work: Observable<unknown>, end: () => void): Observable<unknown> {
  return work.pipe(tap({ complete: end }));
}

/** Something that JSON can hold. */
function anything(random: Seeded, depth: number): unknown {
  const kind = random.int(0, depth > 0 ? 6 : 4);
  if (kind === 0) return random.int(-1e9, 1e9) / random.int(1, 9);
  if (kind === 1)
    return random
      .list(0, 9, () => String.fromCodePoint(random.pick([0, 10, 13, 34, 92, 65, 0x2028, 0x1f600, 0xd800])))
      .join('');
  if (kind === 2) return random.pick([true, false]);
  if (kind < 5) return null;
  if (kind === 5) return random.list(0, 4, () => anything(random, depth - 1));
  return Object.fromEntries(
    random.list(0, 4, () => [random.pick(['a', 'b', '', '__proto__', '1']), anything(random, depth - 1)]),
  );
}

/** A record with this value somewhere in it, and the way to it. */
function around(random: Seeded, value: unknown, depth: number): { readonly record: unknown; readonly way: string } {
  if (depth === 0) return { record: value, way: '' };
  const { record, way } = around(random, value, depth - 1);
  const before = random.list(0, 3, () => anything(random, 1));
  if (random.int(0, 1) === 0) return { record: [...before, record, 1], way: `[${before.length}]${way}` };
  return { record: { before, here: record, after: 1n }, way: `.here${way}` };
}
