/** Chains of narrow steps run in two ways, with code that all share and with code of their own: both must do the same. */
import { describe, expect, it, vi } from 'vitest';
import type { Visit } from '../../../src/core/batch/Batch.ts';
import type { ChainCode, StepFailed } from '../../../src/core/chain/ChainCode.ts';
import { generatedChain } from '../../../src/core/chain/generatedChain.ts';
import { interpretedChain } from '../../../src/core/chain/interpretedChain.ts';
import type { NarrowStep, StepKind } from '../../../src/core/chain/NarrowStep.ts';
import { expectedOf } from '../../support/chainModel.ts';
import { seeded, seeds } from '../../support/seeded.ts';
import { no } from '../../support/through.ts';

type Pair = readonly [string, number];
type Run = (steps: readonly NarrowStep[], records: readonly unknown[], visit: Visit<unknown>) => unknown;

const step = <T>(kind: StepKind, fn: (input: T) => unknown): NarrowStep => ({ kind, operator: kind, fn });
const map = (fn: (n: number) => unknown): NarrowStep => step('map', fn);
const filter = (fn: (n: number) => unknown): NarrowStep => step('filter', fn);
const flatMap = (fn: (n: number) => unknown): NarrowStep => step('flatMap', fn);
const same = (n: number): number => n;
const failsAt =
  (bad: number) =>
  (n: number): number =>
    n === bad ? no() : n;

const codes: readonly [string, (steps: readonly NarrowStep[]) => ChainCode][] = [
  ['interpreted', interpretedChain],
  ['generated', (steps) => generatedChain(steps) as ChainCode],
];
/** What a failure of a step becomes here: tells which step, and at which record. */
const failed: StepFailed = (error, at, position) => new Error(`step ${at}, record ${position}: ${messageOf(error)}`);
const runs: readonly [string, Run][] = codes.flatMap(([name, code]): [string, Run][] => [
  [`${name}, over an array`, (steps, records, visit) => code(steps).overArray(records, visit, failed)],
  [
    `${name}, pushed to`,
    (steps, records, visit) => {
      const push = code(steps).visitor(visit, failed);
      for (const record of records) if (push(record) === false) return false;
      return undefined;
    },
  ],
]);

describe.each(runs)('a chain that is %s', (_, run) => {
  const all = (steps: readonly NarrowStep[], records: readonly unknown[]): readonly unknown[] => {
    const seen: unknown[] = [];
    run(steps, records, (record) => {
      seen.push(record);
    });
    return seen;
  };

  it('does what its steps say', () => {
    const words = ({ length }: string): unknown => new Set([['a', length] as const]);
    const chain = [
      step('flatMap', words),
      step('mapValues', (n: number) => n + 1),
      step('flatMapValues', (n: number) => [n, -n]),
      step('filter', ([, n]: Pair) => n !== 3),
      step('map', ([key, n]: Pair) => `${key}${n}`),
    ];
    expect(all(chain, ['x', 'yy'])).toEqual(['a2', 'a-2', 'a-3']);
  });

  describe.each([1, 2, 3, 4, 9])('of %i maps', (length) => {
    const positions = Array.from({ length }, (_unused, at) => at);
    it.each(positions.flatMap((at) => [0, 1, 2].map((record) => [at, record])))(
      'a failure of map %i at record %i is told as its own, and nothing is called any more',
      (at, record) => {
        const fns = positions.map((here) => vi.fn(here === at ? failsAt(record as number) : same));
        expect(() => all(fns.map(map), [0, 1, 2])).toThrow(new Error(`step ${at}, record ${record}: no`));
        expect(fns.map((fn) => fn.mock.calls.length)).toEqual(
          positions.map((here) => (record as number) + (here <= (at as number) ? 1 : 0)),
        );
      },
    );
  });

  it.each([
    ['after a filter', [filter((n) => n > 2), map(failsAt(4))], 'step 1, record 1'],
    [
      'after two filters',
      [filter((n) => n > 1), filter((n) => n !== 3), map(same), map(failsAt(4))],
      'step 3, record 1',
    ],
    ['after a flatMap', [flatMap((n) => [n, n + 0.5]), map(failsAt(3.5))], 'step 1, record 5'],
    ['after both', [flatMap((n) => [n, n + 0.5]), filter(Number.isInteger), map(failsAt(3))], 'step 2, record 2'],
    ['a filter: those that it was given', [filter(failsAt(3))], 'step 0, record 2'],
    ['before a filter', [map(failsAt(3)), filter((n) => n > 3), map(same)], 'step 0, record 2'],
  ])('counts the records that a step is given: %s', (_name, steps, where) => {
    expect(() => all(steps, [1, 2, 3, 4])).toThrow(new Error(`${where}: no`));
  });

  it('counts from the first record again in each reading', () => {
    const chain = [filter(same), map(failsAt(2))];
    for (let reading = 0; reading < 2; reading++) {
      expect(() => all(chain, [0, 1, 2])).toThrow(new Error('step 1, record 1: no'));
    }
  });

  it('counts in a reading within a reading by itself', () => {
    const chain = [flatMap((n) => [n, n]), map(failsAt(2))];
    const inner: unknown[] = [];
    const outer = (): void => {
      run(chain, [0, 1, 2], (record) => {
        if (record !== 1) return;
        try {
          run(chain, [1, 2], () => {});
        } catch (error) {
          inner.push(error);
        }
      });
    };
    expect(outer).toThrow(new Error('step 1, record 4: no'));
    expect(inner).toEqual([new Error('step 1, record 2: no'), new Error('step 1, record 2: no')]);
  });

  it.each([0, 1, 2])('an error of the visitor at record %i passes as it is', (bad) => {
    const error = new Error('visitor');
    const chain = [map(same), filter(() => true), flatMap((n) => [n]), flatMap((n) => new Set([n])), map(same)];
    const visit = (record: unknown): void => {
      if (record === bad) throw error;
    };
    expect(thrownBy(() => run(chain, [0, 1, 2], visit))).toBe(error);
  });

  it.each([1, 2, 3, 4, 5, 6])('calls no function after the visitor has stopped at record %i', (stop) => {
    const fns = [vi.fn(same), vi.fn((n: number) => [n, n]), vi.fn(() => true), vi.fn(same)] as const;
    const chain = [map(fns[0]), flatMap(fns[1]), filter(fns[2]), map(fns[3])];
    let seen = 0;
    expect(run(chain, [0, 1, 2], () => ++seen < stop)).toBe(false);
    const before = Math.ceil(stop / 2);
    expect(fns.map((fn) => fn.mock.calls.length)).toEqual([before, before, stop, stop]);
  });

  it('calls a function with the record alone', () => {
    const called: unknown[][] = [];
    const fn = function (this: unknown, ...args: unknown[]): unknown {
      called.push([this, ...args]);
      return [1];
    };
    const kinds: readonly StepKind[] = ['map', 'filter', 'flatMap', 'mapValues', 'flatMapValues'];
    for (const kind of kinds) all([step(kind, fn)], [['a', 'b']]);
    expect(called).toEqual([
      [undefined, ['a', 'b']],
      [undefined, ['a', 'b']],
      [undefined, ['a', 'b']],
      [undefined, 'b'],
      [undefined, 'b'],
    ]);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    [{}, 'an object (Object)'],
    [Promise.resolve([]), 'an object (Promise)'],
  ])('refuses %s as what a flat step gave', (given, kind) => {
    expect(() => all([map(same), flatMap(() => given)], [1])).toThrow(
      new Error(`step 1, record 0: expected an array or another iterable, got ${kind}`),
    );
  });

  it('closes the iterators of all flat steps, the inner one first, when the visitor stops', () => {
    const closed: string[] = [];
    const parts = (name: string) =>
      function* (n: number): Generator<number> {
        try {
          for (;;) yield n;
        } finally {
          closed.push(name);
        }
      };
    run([flatMap(parts('outer')), flatMap(parts('inner'))], [1], () => false);
    expect(closed).toEqual(['inner', 'outer']);
  });

  it.each([0, 2])('an iterator that fails is a failure of its step: step %i', (bad) => {
    const parts = (at: number) =>
      function* (n: number): Generator<number> {
        yield n;
        if (at === bad) no();
      };
    // The filter between lets nothing pass if the outer one is to come to its end.
    const chain = [flatMap(parts(0)), filter(() => bad === 2), flatMap(parts(2))];
    expect(() => all(chain, [1])).toThrow(new Error(`step ${bad}, record 0: no`));
  });

  it.each([0, 1])('an iterator that fails while it is closed is a failure of its step: step %i', (bad) => {
    const parts = (at: number) => (n: number) => ({
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: n }),
        return: () => (at === bad ? no() : { done: true, value: n }),
      }),
    });
    const chain = [flatMap(parts(0)), flatMap(parts(1))];
    expect(() => run(chain, [1], () => false)).toThrow(new Error(`step ${bad}, record 0: no`));
  });

  it('visits what is added to its array meanwhile, as a loop does', () => {
    const records = [1];
    const visit = (): void => {
      if (records.length < 3) records.push(records.length + 1);
    };
    run([map(same)], records, visit);
    expect(records).toEqual([1, 2, 3]);
  });

  it.each(seeds(60))('does what generators composed by hand do: seed %i', (seed) => {
    const random = seeded(seed);
    const records = random.list(0, 8, (): Pair => [random.pick(['a', 'b']), random.int(1, 9)]);
    const kinds = random.list(1, 7, () => random.pick(KINDS));
    const throwing = random.list(0, 2, () => [random.int(0, kinds.length - 1), random.int(0, 6)] as const);
    const end = { at: random.int(0, 25), throws: random.int(0, 1) === 1 };
    const amounts = kinds.map(() => random.int(0, 3));
    const outcome = (way: Run): unknown => {
      const log: unknown[] = [];
      const chain = kinds.map((kind, at) => {
        let calls = 0;
        return step(kind, (input: unknown) => {
          log.push([at, input]);
          const call = calls++;
          if (throwing.some(([bad, when]) => bad === at && when === call)) no();
          return answerOf(kind, input, amounts[at] as number);
        });
      });
      let seen = 0;
      const visit = (record: unknown): unknown => {
        log.push(record);
        if (seen++ < end.at) return undefined;
        return end.throws ? no() : false;
      };
      try {
        return [log, way(chain, records, visit) === false];
      } catch (error) {
        return [log, messageOf(error)];
      }
    };
    expect(outcome(run)).toEqual(outcome((chain, of, visit) => expectedOf(chain, of, visit, failed)));
  });
});

it('a chain with code of its own takes nothing of a program into its text', () => {
  const operator = '"; throw new Error("taken in"); //';
  const chain = generatedChain([{ kind: 'map', operator, fn: same }]) as ChainCode;
  const seen: unknown[] = [];
  chain.overArray([1], (record) => seen.push(record), failed);
  expect(seen).toEqual([1]);
});

const KINDS: readonly StepKind[] = ['map', 'filter', 'flatMap', 'mapValues', 'flatMapValues'];

function answerOf(kind: StepKind, input: unknown, amount: number): unknown {
  if (kind === 'mapValues') return (input as number) + amount;
  if (kind === 'flatMapValues') return partsOf(input as number, amount);
  const [key, n] = input as Pair;
  if (kind === 'map') return [key, n + amount];
  if (kind === 'filter') return n % (amount + 2) !== 0;
  return partsOf([key, n + 1], amount);
}

/** An array, a set or a generator. */
function partsOf<T>(part: T, amount: number): Iterable<T> {
  if (amount === 1) return new Set([part]);
  return amount === 2 ? twice(part) : Array.from({ length: amount }, () => part);
}

function* twice<T>(part: T): Generator<T> {
  yield part;
  yield part;
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
