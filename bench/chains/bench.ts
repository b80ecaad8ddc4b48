import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { FedSource } from '../measure/FedSource.ts';
import { type Contender, interleaved } from '../measure/interleaved.ts';
import type { ChainCase, ChainOf, SumOf } from './ChainCase.ts';
import { filtersAndMaps } from './filtersAndMaps.ts';
import { hashes } from './hashes.ts';
import { increments } from './increments.ts';
import { objects } from './objects.ts';

const RECORDS = 100_000;
const BATCHES = 10;

/**
 * Chains of narrow operators in a running context, beside the same functions called in a loop by hand: what an operator costs
 * with its function, in nanoseconds for each record of the source. All chains live in one process, as in a program of many
 * streams.
 */
export const bench: Bench = async () => {
  const batches = Array.from({ length: BATCHES }, (_, batch) =>
    Array.from({ length: RECORDS }, (_, n) => batch * RECORDS + n),
  );
  const rows: BenchRow[] = [];
  for (const chainCase of [increments, hashes, filtersAndMaps, objects])
    rows.push(...(await rowsOf(chainCase, batches)));
  return rows;
};

type Batches = readonly (readonly number[])[];

const OURS = 'rx-dstream';
const BY_HAND = 'loop by hand';
const FROM_ARRAY = 'functions out of an array';
/** Nanoseconds: differences between chains that are less cannot be told from none. */
const NOISE = 0.1;

async function rowsOf({ name, about, chains }: ChainCase, batches: Batches): Promise<readonly BenchRow[]> {
  const contenders: Record<string, Contender> = {};
  const peers = chains.every(({ fromArray }) => fromArray !== undefined) ? [BY_HAND, FROM_ARRAY] : [BY_HAND];
  for (const chain of chains) {
    const expected = chain.byHand(batches);
    const works = { [OURS]: ours(chain, batches), [BY_HAND]: () => chain.byHand(batches) } as Record<string, Work>;
    if (chain.fromArray !== undefined) works[FROM_ARRAY] = (): number => (chain.fromArray as SumOf)(batches);
    for (const [who, work] of Object.entries(works)) {
      contenders[`${who} ${chain.length}`] = checked(`${name}, ${who}, ${chain.length}`, work, expected, batches);
    }
  }
  const rates = await interleaved(contenders, { rounds: 11, warmUp: 4 });
  const ns = (who: string, { length }: ChainOf): number => 1e9 / (rates[`${who} ${length}`]?.median ?? Number.NaN);

  const [shortest, longest] = [chains[0], chains.at(-1)] as [ChainOf, ChainOf];
  const added = (who: string): number => {
    const more = (ns(who, longest) - ns(who, shortest)) / (longest.length - shortest.length);
    return more < NOISE ? 0 : more;
  };
  const row = (of: string, figure: (who: string) => number, notes: readonly string[]): BenchRow => ({
    name: `${name}-${of}`,
    unit: 'ms per million records',
    ours: figure(OURS),
    peers: Object.fromEntries(peers.map((peer) => [peer, figure(peer)])),
    notes,
  });
  return [
    ...chains.map((chain) => row(`${chain.length}`, (who) => ns(who, chain), [])),
    row('added', added, [
      `each operator more, from ${shortest.length} to ${longest.length}: ${about}`,
      `0 stands for less than ${NOISE}, which is within the noise`,
    ]),
  ];
}

type Work = () => number | Promise<number>;

function ours({ ours }: ChainOf, batches: Batches): Work {
  const source = new FedSource<number>();
  const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
  let sum = 0;
  ours(source.records.pipe(batchInterval(context)))
    .pipe(
      foreachBatch((batch) =>
        batch.forEach((n) => {
          sum = (sum + n) | 0;
        }),
      ),
    )
    .subscribe({ error: (error) => source.failed(error) });
  return async () => {
    sum = 0;
    await source.feed(batches, context);
    return sum;
  };
}

/** Nobody's figure counts unless the sum is right. */
function checked(name: string, work: Work, expected: number, batches: Batches): Contender {
  return {
    async work() {
      const sum = await work();
      if (sum !== expected) throw new Error(`chains: ${name} operators: sum ${sum}, expected ${expected}`);
      return batches.length * RECORDS;
    },
  };
}
