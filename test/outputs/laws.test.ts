/** The manners of RxJS, and that a batch passes as it came, for every output. */
import { firstValueFrom, from, type MonoTypeOperatorFunction, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { foreachBatchInTransaction } from '../../src/outputs/foreachBatchInTransaction.ts';
import { foreachRecord } from '../../src/outputs/foreachRecord.ts';
import { print } from '../../src/outputs/print.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { ledgerStore } from '../support/ledgerStore.ts';
import { keepsManners } from '../support/manners.ts';

const outputs: Record<string, () => MonoTypeOperatorFunction<Batch<string>>> = {
  foreachBatch: () => foreachBatch(() => {}),
  'foreachBatch of an Observable': () => foreachBatch(() => of(1, 2)),
  // A batch of a test settles by nobody, and memoryOffsets would say that its transaction is open still.
  foreachBatchInTransaction: () => foreachBatchInTransaction(ledgerStore(), () => {}),
  foreachRecord: () => foreachRecord(() => {}),
  'foreachRecord of Observables': () => foreachRecord(() => of(1, 2), { concurrency: 2 }),
  print: () => print(1, { to: () => {} }),
};

describe.each(Object.entries({ ...outputs }))('%s', (_name, make) => {
  describe('keeps the manners of RxJS', () => keepsManners(make, ['a', 'b']));
});

describe.each(Object.entries({ ...outputs, commitOffsets: () => commitOffsets<string>(memoryOffsets()) }))(
  '%s',
  (_name, make) => {
    it('passes the very batch on that it was given', async () => {
      const offsets = [{ topic: 'lines', partition: 0, from: 0, until: 2 }];
      const batch = batchOf(['a', 'b'], { offsets });
      expect(await firstValueFrom(from([batch]).pipe(make()))).toBe(batch);
    });

    it.each([{ restartAfter: 1 }, { crashIn: [1, 2] }])('a restart in the middle changes nothing: %j', (options) => {
      const out = runBatches([['a'], ['b']], (source) => source.pipe(make()), options);
      expect(out.map(({ records }) => records)).toEqual([['a'], ['b']]);
    });
  },
);
