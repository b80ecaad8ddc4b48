import { delay, map, switchMap, timer } from 'rxjs';
import { expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { held } from '../../src/core/batch/held.ts';
import { isStreamError } from '../../src/core/errors.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { batchTest } from '../support/marbles.ts';
import { no } from '../support/through.ts';

it(
  'makes batches of the records, at the times of their columns',
  batchTest((m, batches) => {
    const source = batches.hot('  -a--b|', { a: ['x', 'y'], b: [] });
    const shapes = source.pipe(map(({ time, interval, slide, records }) => [time, interval, slide, records]));
    m.expect(shapes).toBeObservable('-a--b|', { a: [1, 1, 1, ['x', 'y']], b: [4, 1, 1, []] });
  }),
);

it(
  'cold batches begin with their subscription',
  batchTest((m, batches) => {
    const source = batches.cold('  a-b|', { a: ['x'], b: ['y'] });
    const expected = '            --a-b|';
    const late = timer(2).pipe(switchMap(() => source));
    m.expect(late.pipe(batches.shown())).toBeObservable(expected, { a: ['x'], b: ['y'] });
    m.expect(source).toHaveSubscriptions('--^--!');
  }),
);

it(
  'batches of one column belong to one scope',
  batchTest((m, batches) => {
    const scopes: unknown[] = [];
    const note = map(({ scope }: Batch<string>) => scopes.push(scope) > 0);
    m.expect(batches.hot('-a|', { a: ['x'] }).pipe(note)).toBeObservable('-a|', { a: true });
    m.expect(batches.hot('-b|', { b: ['y'] }).pipe(note)).toBeObservable('-b|', { b: true });
    m.flush();
    expect(new Set(scopes).size).toBe(1);
  }),
);

it(
  'shows a batch that comes late with its time',
  batchTest((m, batches) => {
    const source = batches.hot('  -a---|', { a: ['x'] });
    const expected = '            ---a-|';
    const slow = held((batch: Batch<string>) => timer(2).pipe(map(() => batch)));
    m.expect(source.pipe(slow, batches.shown())).toBeObservable(expected, { a: { time: 1, records: ['x'] } });
  }),
);

it(
  'a batch that is read after it has settled fails, as in a context',
  batchTest((m, batches) => {
    const source = batches.hot('  -a---|', { a: ['x'] });
    const expected = '            ---#';
    m.expect(source.pipe(delay(2), batches.shown())).toBeObservable(expected, {}, 'BATCH_SETTLED');
  }),
);

it(
  'a batch that comes while the one before is held is BATCH_ORDER: a context would wait',
  batchTest((m, batches) => {
    const source = batches.hot('  -ab-|', { a: ['x'], b: ['y'] });
    const expected = '            --#';
    const slow = held((batch: Batch<string>) => timer(2).pipe(map(() => batch)));
    m.expect(source.pipe(slow, batches.shown())).toBeObservable(expected, {}, 'BATCH_ORDER');
  }),
);

it(
  'a marble beside the grid is INVALID_ARGUMENT',
  batchTest(
    (m, batches) => {
      const source = batches.hot('  --a--b-|', { a: ['x'], b: ['y'] });
      const expected = '            --a--#';
      m.expect(source.pipe(batches.shown())).toBeObservable(expected, { a: ['x'] }, 'INVALID_ARGUMENT');
    },
    { interval: 2 },
  ),
);

it(
  'keeps what the run failed with',
  batchTest((m, batches) => {
    const source = batches.hot('  -a|', { a: ['x'] });
    m.expect(source.pipe(mapRecords(no), batches.shown())).toBeObservable('-#', {}, 'OPERATOR_FAILED');
    m.flush();
    expect(batches.run.alive).toBe(false);
    expect(isStreamError(batches.run.failure?.error, 'OPERATOR_FAILED')).toBe(true);
  }),
);

it('shows the difference when it fails', () => {
  const wrong = batchTest((m, batches) => {
    m.expect(batches.hot('-a|', { a: ['x'] }).pipe(batches.shown())).toBeObservable('-a|', { a: ['y'] });
  });
  expect(wrong).toThrow();
  const early = batchTest((m, batches) => {
    const source = batches.hot('-a|', { a: ['x'] });
    m.expect(source.pipe(batches.shown())).toBeObservable('-a|', { a: ['x'] });
    m.expect(source).toHaveSubscriptions('^!');
  });
  expect(early).toThrow();
});
