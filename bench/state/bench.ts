import type { Bench, BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { mappedByHand, updatedByHand } from './byHand.ts';
import { type Growth, grow } from './growth.ts';
import { type Kept, type KeyedWork, knownKeys, newKeys } from './KeyedWork.ts';
import { mapped, updated } from './ours.ts';

const SIZES = [1000, 100_000, 1_000_000, 5_000_000];
const BY_HAND = 'one Map by hand';

/**
 * A state of two numbers for each key, keys of twelve characters, made anew for each record. First it grows to 5 million keys, with
 * updates of 10,000 records at 1,000, 100,000, 1 and 5 million, then every one of 1 million keys is gone through.
 */
export const bench: Bench = async () => {
  const ours = await grow(mapped, SIZES);
  const byHand = await grow(mappedByHand, SIZES);
  if (ours.digest !== byHand.digest) throw new Error(`state: ${ours.digest}, by hand ${byHand.digest}`);
  return [...updatesOf(ours, byHand), ...growthOf(ours, byHand), throughAll(1_000_000)];
};

function updatesOf(ours: Growth, byHand: Growth): readonly BenchRow[] {
  return SIZES.map((keys, n): BenchRow => {
    const ms = ours.updates[n] as number;
    return {
      name: `state-updates-${nameOf(keys)}`,
      unit: 'ms/10,000 updates',
      ours: ms,
      peers: { [BY_HAND]: byHand.updates[n] as number },
      notes:
        n === 0
          ? []
          : [`${(ms / (ours.updates[0] as number)).toFixed(1)} x the cost at ${nameOf(SIZES[0] as number)} keys`],
    };
  });
}

function growthOf(ours: Growth, byHand: Growth): readonly BenchRow[] {
  const last = nameOf(SIZES.at(-1) as number);
  return [
    {
      name: `state-growth-${last}-worst-batch`,
      unit: 'ms for 10,000 new keys',
      ours: ours.worst,
      peers: { [BY_HAND]: byHand.worst },
      notes: ['pauses of the garbage collector included: they follow the number of objects'],
    },
    {
      name: `state-growth-${last}-worst-batch-without-gc`,
      unit: 'ms for 10,000 new keys',
      ours: ours.worstOwn,
      peers: { [BY_HAND]: byHand.worstOwn },
      notes: ['what growing costs by itself: a Map doubles its table in one go'],
    },
    {
      name: `state-memory-${last}`,
      unit: 'MB per million keys',
      ours: ours.bytesPerKey,
      peers: { [BY_HAND]: byHand.bytesPerKey },
      notes: [
        `${Math.round(ours.bytesPerKey)} bytes a key: the key, the state, and what finds, orders and reports them`,
      ],
    },
  ];
}

/** `updateStateByKey` over so many keys, 10,000 of which have a record. */
function throughAll(keys: number): BenchRow {
  const initial = (): Iterable<readonly [string, Kept]> =>
    newKeys(0, keys).map(([key]) => [key, { count: 0, last: 0 }] as const);
  return {
    name: `state-through-all-${nameOf(keys)}`,
    unit: 'ms/batch',
    ours: medianBatch(updated(initial()), keys),
    peers: { [BY_HAND]: medianBatch(updatedByHand(initial()), keys) },
    notes: ['updateStateByKey calls its function for every key; mapWithState only for those with records'],
  };
}

function medianBatch(work: KeyedWork, keys: number): number {
  const nextBatch = knownKeys(keys);
  for (let n = 0; n < 5; n++) work.take(nextBatch());
  const ms = Array.from({ length: 15 }, () => work.take(nextBatch()));
  return quantile(
    ms.sort((a, b) => a - b),
    0.5,
  );
}

function nameOf(keys: number): string {
  return keys >= 1_000_000 ? `${keys / 1_000_000}m` : `${keys / 1000}k`;
}
