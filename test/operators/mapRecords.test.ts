import { it } from 'vitest';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { batchTest } from '../support/marbles.ts';

it(
  'applies fn to each record',
  batchTest((m, batches) => {
    const source = batches.hot('  --a--b--|', { a: ['a', 'b'], b: ['c'] });
    const subs = '                ^-------!';
    const expected = '            --a--b--|';
    const result = source.pipe(
      mapRecords((text) => text.toUpperCase()),
      batches.shown(),
    );
    m.expect(result).toBeObservable(expected, { a: ['A', 'B'], b: ['C'] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);
