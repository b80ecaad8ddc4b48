/** What it costs to know who is due. What comes out is tested with the operator that uses it. */
import { describe, expect, it } from 'vitest';
import { Deadlines, type Touch } from '../../../src/core/state/Deadlines.ts';
import { seeded, seeds } from '../../support/seeded.ts';

/** Keys with their last touch, and how often one was looked at. */
class Touched {
  readonly touches: Map<number, Touch> = new Map();
  readonly deadlines: Deadlines;
  looks = 0;
  #at = 0;

  constructor() {
    this.deadlines = new Deadlines((key, time, at) => {
      this.looks++;
      const touch = this.touches.get(key);
      return touch?.time === time && touch.at === at;
    });
  }

  touch(key: number, time: number): void {
    const before = this.touches.get(key)?.time;
    if (before === time) return;
    const at = this.#at++;
    this.touches.set(key, { time, at });
    if (before !== undefined) this.deadlines.leave(before);
    this.deadlines.add(key, time, at);
  }

  forget(key: number): void {
    const before = this.touches.get(key)?.time;
    this.touches.delete(key);
    if (before !== undefined) this.deadlines.leave(before);
  }

  due(limit: number): number[] {
    const due: number[] = [];
    this.deadlines.takeBefore(limit, (key) => due.push(key));
    return due;
  }
}

it('gives what was touched before the limit, in order of touches, once', () => {
  const touched = new Touched();
  for (const key of [1, 2, 3]) touched.touch(key, 10);
  touched.touch(4, 20);
  touched.touch(2, 20);
  touched.forget(3);
  expect(touched.due(10)).toEqual([]);
  expect(touched.due(11)).toEqual([1]);
  expect(touched.due(21)).toEqual([4, 2]);
  expect(touched.due(1000)).toEqual([]);
});

it('takes back what was touched in any order', () => {
  const touched = new Touched();
  const kept = [
    [5, { time: 20, at: 5 }],
    [3, { time: 10, at: 3 }],
    [4, { time: 20, at: 4 }],
  ] as const;
  for (const [key, touch] of kept) touched.touches.set(key, touch);
  touched.deadlines.restore(kept);
  touched.touch(9, 30);
  expect(touched.due(25)).toEqual([3, 4, 5]);
  expect(touched.due(31)).toEqual([9]);
});

describe('costs', () => {
  it('nothing at a time when nobody is due, however many keys there are', () => {
    const touched = new Touched();
    for (let key = 0; key < 10_000; key++) touched.touch(key, 1000 + (key % 100));
    for (let limit = 0; limit <= 1000; limit++) expect(touched.due(limit)).toEqual([]);
    expect(touched.looks).toBe(0);
  });

  it('a look or two for each touch, also of keys that are touched again and again or come and go', () => {
    for (const seed of seeds(20)) {
      const random = seeded(seed);
      const touched = new Touched();
      let changes = 0;
      const keys = random.int(1, 200);
      for (let time = 1; time <= 200; time++) {
        for (let n = random.int(0, 30); n > 0; n--, changes++) {
          if (random.int(0, 4) === 0) touched.forget(random.int(0, keys));
          else touched.touch(random.int(0, keys), time);
        }
      }
      expect(touched.looks, `seed ${seed}`).toBeLessThanOrEqual(2 * changes);
      touched.looks = 0;
      const left = touched.touches.size;
      expect(touched.due(1000), `seed ${seed}`).toHaveLength(left);
      expect(touched.looks, `seed ${seed}: what lies there when all are due`).toBeLessThanOrEqual(3 * left);
    }
  });
});
