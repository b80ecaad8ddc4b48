import { map, type Observable, of, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { mapChunks } from '../../src/operators/mapChunks.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

it(
  'asks once for so many records, holds the batch, and keeps the order of the chunks',
  batchTest((m, batches) => {
    const source = batches.hot('  -a-----b|', { a: [3, 3, 1, 1, 2], b: [1] });
    const subs = '                ^-------!';
    const expected = '            ----a---(b|)';
    const result = source.pipe(
      mapChunks(2, (chunk) => timer(chunk[0] ?? 0, m.scheduler).pipe(map(() => [chunk.join('+')]))),
      batches.shown(),
    );
    m.expect(result).toBeObservable(expected, {
      a: { time: 1, records: ['3+3', '1+1', '2'] },
      b: { time: 7, records: ['1'] },
    });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('an empty batch has no chunk', () => {
  const ask = vi.fn((chunk: readonly number[]) => chunk);
  expect(through(batchOf<number>([]), mapChunks(3, ask)).records).toEqual([]);
  expect(ask).not.toHaveBeenCalled();
});

it('a chunk may give any number of records: an array, a Set, a generator, now or later', () => {
  const gives: (() => Iterable<number> | Observable<Iterable<number>>)[] = [
    () => [],
    () => new Set([1, 2]),
    function* () {
      yield 3;
    },
    () => of([4, 5]),
  ];
  const result = through(
    batchOf(gives),
    mapChunks(1, ([give]) => give?.() ?? []),
  );
  expect(result.records).toEqual([1, 2, 3, 4, 5]);
});

it('waits for no more than concurrency chunks at a time', () => {
  let open = 0;
  let highest = 0;
  const ask = (chunk: readonly number[]): Observable<readonly number[]> => {
    highest = Math.max(highest, ++open);
    return timer(1).pipe(
      map(() => {
        open--;
        return chunk;
      }),
    );
  };
  const all = Array.from({ length: 20 }, (_, n) => n);
  const [batch] = runBatches([all], (stream) => stream.pipe(mapChunks(2, ask, { concurrency: 4 })));
  expect(batch?.records).toEqual(all);
  expect(highest).toBe(4);
});

it.each(seeds(30))('chunks hold every record once, in order, all but the last of full size: seed %i', (seed) => {
  const random = seeded(seed);
  const all = random.list(0, 40, () => random.int(0, 9));
  const size = random.int(1, 12);
  const chunks: (readonly number[])[] = [];
  const result = through(
    batchOf(all),
    mapChunks(size, (chunk) => {
      chunks.push(chunk);
      return chunk;
    }),
  );
  expect(result.records).toEqual(all);
  expect(chunks.map(({ length }) => length)).toEqual(
    Array.from({ length: Math.ceil(all.length / size) }, (_, at) => Math.min(size, all.length - at * size)),
  );
});

describe('fails the run with OPERATOR_FAILED, naming the first record of the chunk, when', () => {
  it.each([
    [0, 0],
    [3, 2],
    [4, 4],
  ])('fn throws for the chunk of record %i', (bad, first) => {
    const result = (): unknown =>
      runBatches([[0, 1, 2, 3, 4]], (stream) =>
        stream.pipe(mapChunks(2, (chunk) => (chunk.includes(bad) ? no() : chunk))),
      );
    expect(result).toThrow(operatorFailed('mapChunks', first));
  });

  it('fn gives no iterable, or one that fails', () => {
    const run = (give: unknown) => (): unknown =>
      runBatches([[0, 1, 2]], (stream) =>
        stream.pipe(mapChunks(2, (chunk) => (chunk.includes(2) ? give : chunk) as [])),
      );
    expect(run(undefined)).toThrow('record 2: expected an array or another iterable of records, got undefined');
    function* failing(): Generator<number> {
      yield no();
    }
    expect(run(failing())).toThrow(operatorFailed('mapChunks', 2));
  });
});

it('refuses wrong arguments where they are written', () => {
  expect(() => mapChunks(0, no)).toThrow(refused('mapChunks(size): expected a whole number of at least 1'));
  expect(() => mapChunks(1, 7 as never)).toThrow(refused('mapChunks(_, fn): expected a function, got 7'));
  expect(() => mapChunks(1, no, { concurrency: 1.5 })).toThrow(refused('mapChunks({ concurrency }): expected a whole'));
});
