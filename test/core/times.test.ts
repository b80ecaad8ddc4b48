import { describe, expect, it } from 'vitest';
import { floorTime, hours, timesUntil } from '../../src/index.ts';
import { refused } from '../support/through.ts';

describe('floorTime', () => {
  it.each([
    [1350, 200, 1200],
    [1200, 200, 1200],
    [199, 200, 0],
    [0, 200, 0],
    [-1, 200, -200],
    [Date.UTC(2026, 1, 3, 4, 5, 6), hours(1), Date.UTC(2026, 1, 3, 4)],
    [Date.UTC(2026, 1, 3, 4, 5, 6), hours(24), Date.UTC(2026, 1, 3)],
  ])('of %i by %i is %i', (time, interval, floor) => {
    expect(floorTime(time, interval)).toBe(floor);
  });

  it('refuses what is no time and no interval', () => {
    expect(() => floorTime(Number.NaN, 1)).toThrow(refused('floorTime(time)'));
    expect(() => floorTime('5' as never, 1)).toThrow(refused('floorTime(time)'));
    expect(() => floorTime(5, 0)).toThrow(refused('floorTime(_, interval)'));
  });
});

describe('timesUntil', () => {
  it.each([
    [1000, 1100, 100, [1000]],
    [1000, 1000, 100, []],
    [1100, 1000, 100, []],
    [1000, 1100, 30, [1000, 1030, 1060, 1090]],
    [-10, 10, 10, [-10, 0]],
  ])('from %i until %i by %i', (from, until, step, times) => {
    expect(timesUntil(from, until, step)).toEqual(times);
  });

  it('refuses what is no time and no step', () => {
    expect(() => timesUntil(Number.NaN, 1, 1)).toThrow(refused('timesUntil(from)'));
    expect(() => timesUntil(0, Number.POSITIVE_INFINITY, 1)).toThrow(refused('timesUntil(_, until)'));
    expect(() => timesUntil(0, 1, -1)).toThrow(refused('timesUntil(_, _, step)'));
  });
});
