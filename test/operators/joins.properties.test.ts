/** What joins are by definition, on random pairs. The seed stands in the message. */
import { map, type Observable, type OperatorFunction, share, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { cogroup } from '../../src/operators/cogroup.ts';
import { fullOuterJoin } from '../../src/operators/fullOuterJoin.ts';
import { groupByKey } from '../../src/operators/groupByKey.ts';
import { join } from '../../src/operators/join.ts';
import { leftOuterJoin } from '../../src/operators/leftOuterJoin.ts';
import { rightOuterJoin } from '../../src/operators/rightOuterJoin.ts';
import { unionOf } from '../../src/operators/unionOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';

type Key = string | number | readonly [string, number] | undefined;
type Keyed = Pair<Key, number>;
type Side = Observable<Batch<Keyed>>;
type Bring = (left: Side, right: Side) => Observable<Batch<unknown>>;

const KEYS: readonly Key[] = [
  'a',
  'b',
  '',
  '1',
  1,
  -0,
  0,
  Number.NaN,
  undefined,
  ['a', 1],
  ['a', 2],
  '\u0000(s1:an1;)',
];

/** Of one key, by definition. */
function isSame(left: Key, right: Key): boolean {
  if (Array.isArray(left) && Array.isArray(right)) return left[0] === right[0] && left[1] === right[1];
  return left === right || (Number.isNaN(left) && Number.isNaN(right));
}

function pairs(random: Seeded, most: number): Keyed[] {
  let n = 0;
  // The key is copied: tuples must be equal by what they are, not by being one array.
  return random.list(0, most, (): Keyed => {
    const key = random.pick(KEYS);
    return [Array.isArray(key) ? ([...key] as unknown as Key) : key, n++];
  });
}

/** Few or many keys: all records of one, or each of its own. */
function sides(seed: number): { left: Keyed[]; right: Keyed[] } {
  const random = seeded(seed);
  return { left: pairs(random, random.pick([0, 1, 5, 30])), right: pairs(random, random.pick([0, 1, 5, 30])) };
}

/** The records of one batch, which are the same however they are read: all at once, one by one, or not to the end. */
function of(bring: Bring, left: Keyed[], right: Keyed[]): readonly unknown[] {
  const visited: unknown[] = [];
  const some: unknown[] = [];
  const [out] = runBatches({ left: [left], right: [right] }, (streams) =>
    bring(streams.left, streams.right).pipe(
      tap((batch) => batch.forEach((record) => visited.push(record))),
      tap((batch) => batch.forEach((record) => some.push(record) < 7)),
    ),
  );
  const records = out?.records ?? [];
  expect(visited).toEqual(records);
  expect(some).toEqual(records.slice(0, 7));
  return records;
}

const inner: Bring = (left, right) => left.pipe(join(right));
const leftOuter: Bring = (left, right) => left.pipe(leftOuterJoin(right));
const rightOuter: Bring = (left, right) => left.pipe(rightOuterJoin(right));
const fullOuter: Bring = (left, right) => left.pipe(fullOuterJoin(right));
const grouped: Bring = (left, right) => left.pipe(cogroup(right));

const matches = (left: Keyed, right: Keyed[]): Keyed[] => right.filter((other) => isSame(left[0], other[0]));
const alone = (left: Keyed[], right: Keyed[]): Keyed[] => left.filter((one) => matches(one, right).length === 0);

function nestedLoop(left: Keyed[], right: Keyed[]): unknown[] {
  return left.flatMap((one) => matches(one, right).map((other) => [one[0], [one[1], other[1]]]));
}

describe.each(seeds(60))('seed %i', (seed) => {
  const { left, right } = sides(seed);

  it('join is a nested loop', () => {
    expect(of(inner, left, right)).toEqual(nestedLoop(left, right));
  });

  it('leftOuterJoin is the join and what is alone on the left, in the order of the left', () => {
    const expected = left.flatMap((one) => {
      const found = matches(one, right);
      if (found.length === 0) return [[one[0], [one[1], undefined]]];
      return found.map((other) => [one[0], [one[1], other[1]]]);
    });
    expect(of(leftOuter, left, right)).toEqual(expected);
  });

  it('rightOuterJoin is leftOuterJoin with the sides exchanged', () => {
    const exchanged = of(leftOuter, right, left) as Pair<Key, readonly [number, number | undefined]>[];
    expect(of(rightOuter, left, right)).toEqual(exchanged.map(([key, [r, l]]) => [key, [l, r]]));
  });

  it('fullOuterJoin is leftOuterJoin and then what is alone on the right', () => {
    const last = alone(right, left).map(([key, n]) => [key, [undefined, n]]);
    expect(of(fullOuter, left, right)).toEqual([...of(leftOuter, left, right), ...last]);
  });

  it('cogroup is groupByKey of both, with empty lists for what one side lacks', () => {
    const tagged: Bring = (one, other) => unionOf(tag(one, 'left'), tag(other, 'right')).pipe(groupByKey());
    const expected = (of(tagged, left, right) as Pair<Key, [string, number][]>[]).map(([key, values]) => [
      key,
      ['left', 'right'].map((name) => values.filter(([side]) => side === name).map(([, n]) => n)),
    ]);
    expect(of(grouped, left, right)).toEqual(expected);
  });

  it('join is cogroup with each value of one side beside each of the other', () => {
    const groups = of(grouped, left, right) as Pair<Key, [number[], number[]]>[];
    const all = groups.flatMap(([key, [ls, rs]]) => ls.flatMap((l) => rs.map((r) => [key, [l, r]])));
    const byPlace = (pair: unknown): string => JSON.stringify((pair as Pair<Key, number[]>)[1]);
    expect(of(inner, left, right).map(byPlace).sort()).toEqual(all.map(byPlace).sort());
  });

  it('split over batches, a join gives the matches within each', () => {
    const random = seeded(seed + 1000);
    const cut = (all: Keyed[]): Keyed[][] => {
      const batches: Keyed[][] = [[], [], []];
      for (const pair of all) batches[random.int(0, 2)]?.push(pair);
      return batches;
    };
    const input = { left: cut(left), right: cut(right) };
    const pipeline = (streams: { left: Side; right: Side }): Observable<Batch<unknown>> =>
      inner(streams.left, streams.right);
    const out = runBatches(input, pipeline);
    expect(out.map(({ records }) => records)).toEqual(
      [0, 1, 2].map((at) => nestedLoop(input.left[at] ?? [], input.right[at] ?? [])),
    );
    expect(runBatches(input, pipeline, { restartAfter: 1, crashIn: [2, 3] })).toEqual(out);
  });

  it('a plain map between changes nothing', () => {
    const plain = map((batch: Batch<Keyed>) => batch);
    for (const bring of [inner, leftOuter, rightOuter, fullOuter, grouped]) {
      expect(of((l, r) => bring(l.pipe(plain), r.pipe(plain)), left, right)).toEqual(of(bring, left, right));
    }
  });

  it('a stream joined with itself has each pair of records of one key', () => {
    const own = runBatches([left], (stream) => {
      const shared = stream.pipe(share());
      return shared.pipe(join(shared));
    });
    expect(own[0]?.records ?? []).toEqual(nestedLoop(left, left));
  });
});

function tag(side: Side, name: string): Observable<Batch<Pair<Key, readonly [string, number]>>> {
  const tagged: OperatorFunction<Batch<Keyed>, Batch<Pair<Key, readonly [string, number]>>> = map((batch) =>
    batch.withRecords(batch.records.map(([key, n]) => [key, [name, n] as const] as const)),
  );
  return side.pipe(tagged);
}
