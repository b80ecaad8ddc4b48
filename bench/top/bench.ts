import { batchInterval, drain, foreachBatch, StreamingContext, topRecords } from 'rx-dstream';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { FedSource } from '../measure/FedSource.ts';
import { type Contender, interleaved, type Rates } from '../measure/interleaved.ts';
import { randomFrom } from '../measure/random.ts';

type Count = readonly [word: string, count: number];
type Top = (emit: (top: readonly Count[]) => void) => (batches: readonly (readonly Count[])[]) => Promise<void>;

const RECORDS = 100_000;
const BATCHES = 5;

/** The 10 and the 1,000 greatest of 100,000 counts, from the batch to the output, beside a sort and a bounded list by hand. */
export const bench: Bench = async () => {
  const random = randomFrom(42);
  const batches = Array.from({ length: BATCHES }, () =>
    Array.from({ length: RECORDS }, (_, n): Count => [`w${n}`, Math.floor(random() * 1e9)]),
  );
  return [await row(10, batches), await row(1000, batches)];
};

async function row(count: number, batches: readonly (readonly Count[])[]): Promise<BenchRow> {
  const expected = batches.reduce((sum, batch) => sum + total(sorted(batch).slice(0, count)), 0);
  const over = (top: Top): Contender => {
    let sum = 0;
    const run = top((greatest) => {
      sum += total(greatest);
    });
    return {
      async work() {
        sum = 0;
        await run(batches);
        if (sum !== expected) throw new Error(`top: ${sum} instead of ${expected}`);
        return batches.length * RECORDS;
      },
    };
  };
  const rates: Record<string, Rates> = await interleaved(
    { 'rx-dstream': over(ours(count)), 'sort, slice': over(bySorting(count)), 'list by hand': over(byHand(count)) },
    { rounds: 9, warmUp: 3 },
  );
  const { 'rx-dstream': mine, ...others } = rates;
  return {
    name: `top-${count}`,
    unit: 'records/s',
    ours: Math.round(mine?.median ?? Number.NaN),
    peers: Object.fromEntries(Object.entries(others).map(([peer, { median }]) => [peer, Math.round(median)])),
    notes: [`${((RECORDS * 1000) / (mine?.median ?? Number.NaN)).toFixed(2)} ms for a batch of ${RECORDS}`],
  };
}

function ours(count: number): Top {
  return (emit) => {
    const source = new FedSource<Count>();
    const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
    source.records
      .pipe(
        batchInterval(context),
        topRecords(count, ([, n]) => n),
        foreachBatch(({ records }) => emit(records)),
      )
      .subscribe({ error: (error) => source.failed(error) });
    return (batches) => source.feed(batches, context);
  };
}

function bySorting(count: number): Top {
  return (emit) => async (batches) => {
    for (const batch of batches) emit(sorted(batch).slice(0, count));
  };
}

/** A sorted list that a better record is put into. */
function byHand(count: number): Top {
  return (emit) => async (batches) => {
    for (const batch of batches) {
      const top: Count[] = [];
      for (const record of batch) {
        if (top.length === count && record[1] <= (top[count - 1] as Count)[1]) continue;
        let at = top.length;
        while (at > 0 && (top[at - 1] as Count)[1] < record[1]) at--;
        top.splice(at, 0, record);
        if (top.length > count) top.pop();
      }
      emit(top);
    }
  };
}

function sorted(batch: readonly Count[]): Count[] {
  return [...batch].sort(([, a], [, b]) => b - a);
}

function total(counts: readonly Count[]): number {
  return counts.reduce((sum, [, n]) => sum + n, 0);
}
