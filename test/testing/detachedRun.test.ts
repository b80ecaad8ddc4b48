import { expect, it } from 'vitest';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';

it('keeps the first failure and ends with it', () => {
  const run = detachedRun();
  expect([run.alive, run.failure, run.signal.aborted]).toEqual([true, undefined, false]);
  run.fail(new Error('first'));
  run.fail(new Error('second'));
  expect(run.failure).toEqual({ error: new Error('first') });
  expect([run.alive, run.signal.reason]).toEqual([false, new Error('first')]);
});

it('ends as a stop would: no failure, the signal is aborted', () => {
  const run = detachedRun();
  run.end();
  expect([run.alive, run.failure, run.signal.aborted]).toEqual([false, undefined, true]);
});

it('settles a scope when all its holds are back', () => {
  const { scope } = batchOf(['a']);
  const hold = scope.hold();
  scope.rootsEmitted();
  expect(scope.state).toBe('open');
  hold.release();
  expect(scope.state).toBe('settled');
});

it('gives each claim an empty state, whose values are frozen', () => {
  const run = detachedRun();
  const claim = { operator: 'op', name: undefined, identity: {} };
  const first = run.claimState(claim);
  expect(first.name).toBe('op#1');
  const values = first.collection<string, { n: number }>('part');
  values.set('a', { n: 1 });
  expect(Object.isFrozen(values.get('a'))).toBe(true);
  expect(run.claimState(claim).collection('part').size).toBe(0);
  expect(run.claimState({ ...claim, name: 'mine' }).name).toBe('mine');
});

it('a batch of its own has the records, time, interval and offsets it was given', () => {
  const offsets = [{ topic: 'lines', partition: 1, from: 0, until: 2 }];
  const batch = batchOf(new Set(['a', 'b']), { time: 4000, interval: 2000, offsets });
  expect(batch).toMatchObject({ time: 4000, interval: 2000, offsets, records: ['a', 'b'] });
  expect(batchOf([]).time).toBe(1000);
  expect(batchOf([], { interval: 5 }).time).toBe(5);
});
