import { filter, of } from 'rxjs';
import { expect, it } from 'vitest';
import { unionOf } from '../../src/operators/unionOf.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { refused } from '../support/through.ts';

it(
  'puts the records of the same time side by side, in the order of the streams',
  batchTest((m, batches) => {
    const a = batches.hot('       -a--b--|', { a: [1], b: [2] });
    const b = batches.hot('       -x-----|', { x: ['x', 'y'] });
    const c = batches.hot('       -t--f--|', { t: [true], f: [false] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(unionOf(a, b, c).pipe(batches.shown())).toBeObservable(expected, {
      p: [1, 'x', 'y', true],
      q: [2, false],
    });
    m.expect(a).toHaveSubscriptions(subs);
    m.expect(b).toHaveSubscriptions(subs);
    m.expect(c).toHaveSubscriptions(subs);
  }),
);

it('takes a list of streams, made in a loop', () => {
  const out = runBatches({ a: [[1], [2]], b: [[3]], c: [[], [4]] }, (streams) => unionOf(...Object.values(streams)));
  expect(out.map(({ records }) => records)).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

it('of one stream is that stream', () => {
  const out = runBatches([[1], [2]], (stream) => unionOf(stream.pipe(filter(({ time }) => time > 1000))));
  expect(out).toEqual([{ time: 2000, records: [2] }]);
});

it('refuses no stream, what is no stream, and streams of two contexts, where it is written', () => {
  expect(() => unionOf()).toThrow(refused('unionOf(...streams): expected at least one stream of batches, got'));
  expect(() => unionOf([of()] as never)).toThrow(
    refused('unionOf(...streams), stream 1: expected a stream of batches'),
  );
  const stream = of(1).pipe(batchInterval(1000));
  expect(() => unionOf(stream, of(2).pipe(batchInterval(1000)))).toThrow(
    expect.objectContaining({ code: 'CONTEXT_MIXED' }),
  );
});
