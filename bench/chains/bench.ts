import { type Batch, batchInterval, drain, foreachBatch, mapRecords, StreamingContext } from 'rx-dstream';
import type { OperatorFunction } from 'rxjs';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { FedSource } from '../measure/FedSource.ts';
import { type Contender, interleaved } from '../measure/interleaved.ts';

const RECORDS = 100_000;
const BATCHES = 10;

const increment = (n: number): number => (n + 1) | 0;

/**
 * Chains of 1, 3 and 10 `mapRecords` over integers, beside the same calls in a loop by hand: what an operator costs besides its
 * function, in nanoseconds for each record.
 */
export const bench: Bench = async () => {
  const batches = Array.from({ length: BATCHES }, (_, batch) =>
    Array.from({ length: RECORDS }, (_, n) => batch * RECORDS + n),
  );
  const lengths = [1, 3, 10];
  const contenders = Object.fromEntries(
    lengths.flatMap((length) => [
      [`chain ${length}`, chain(length, batches)],
      [`loop ${length}`, loop(length, batches)],
    ]),
  );
  const rates = await interleaved(contenders, { rounds: 11, warmUp: 3 });
  const ns = (name: string): number => 1e9 / (rates[name]?.median ?? Number.NaN);
  const rows = lengths.map(
    (length): BenchRow => ({
      name: `chain-${length}`,
      unit: 'records/s',
      ours: Math.round(rates[`chain ${length}`]?.median ?? Number.NaN),
      peers: { 'loop by hand': Math.round(rates[`loop ${length}`]?.median ?? Number.NaN) },
      notes: [`${ns(`chain ${length}`).toFixed(1)} ns a record, by hand ${ns(`loop ${length}`).toFixed(1)} ns`],
    }),
  );
  const each = (ns('chain 10') - ns('chain 1')) / 9;
  return rows.map((row, at) =>
    at === rows.length - 1
      ? { ...row, notes: [...(row.notes ?? []), `each added operator ${each.toFixed(1)} ns`] }
      : row,
  );
};

function chain(length: number, batches: readonly (readonly number[])[]): Contender {
  const source = new FedSource<number>();
  const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
  let sum = 0;
  const maps = Array.from({ length }, () => mapRecords(increment));
  const through = maps.reduce(
    (stream, map) => stream.pipe(map as OperatorFunction<Batch<number>, Batch<number>>),
    source.records.pipe(batchInterval(context)),
  );
  through
    .pipe(
      foreachBatch((batch) =>
        batch.forEach((n) => {
          sum = (sum + n) | 0;
        }),
      ),
    )
    .subscribe({ error: (error) => source.failed(error) });
  return {
    async work() {
      sum = 0;
      await source.feed(batches, context);
      return checked(sum, length, batches);
    },
  };
}

function loop(length: number, batches: readonly (readonly number[])[]): Contender {
  const functions = Array.from({ length }, () => increment);
  return {
    work() {
      let sum = 0;
      for (const batch of batches) {
        for (const record of batch) {
          let n = record;
          for (const fn of functions) n = fn(n);
          sum = (sum + n) | 0;
        }
      }
      return checked(sum, length, batches);
    },
  };
}

function checked(sum: number, length: number, batches: readonly (readonly number[])[]): number {
  const count = batches.length * (batches[0]?.length ?? 0);
  const expected = Number(BigInt.asIntN(32, (BigInt(count) * BigInt(count - 1)) / 2n + BigInt(count * length)));
  if (sum !== expected) throw new Error(`chains: sum ${sum} of ${length} operators, expected ${expected}`);
  return count;
}
