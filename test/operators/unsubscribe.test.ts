/** Whoever leaves a stream, at whatever point, leaves nothing behind: no timer, no listener, no chain that goes on. */
import { defer, finalize, map, type Observable, type OperatorFunction, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { held } from '../../src/core/batch/held.ts';
import * as operators from '../../src/operators/index.ts';
import { Leaving } from '../support/Leaving.ts';
import { BEFORE, type Count, type Fault } from './faults/Fault.ts';
import { register } from './faults/register.ts';

type Operator = OperatorFunction<Batch<Count>, Batch<unknown>>;

/** Each with the first of its functions that the register of faults knows. */
const makes = Object.entries(register).map(([operator, faults]) => {
  const make = 'takesNone' in faults ? faults.takesNone : () => (faults[0] as Fault).make((fn) => fn);
  return [operator, make] as const;
});

describe.each(makes)('%s, left', (_name, make) => {
  const begun = (): Leaving<Count> => new Leaving(BEFORE, make);

  it.each([
    ['before its run begins', undefined, 0],
    ['before the first batch', 500, 0],
    ['while an output holds a batch', 1100, 1],
    ['between two batches', 1500, 1],
    ['while an output holds a later batch', 3100, 3],
    ['after it has completed', 20_000, 5],
  ])('%s', (_point, time, outputs) => {
    const leaving = begun();
    leaving.begin();
    if (time !== undefined) leaving.clock.advanceTo(time);
    expect(leaving.outputs).toBeGreaterThanOrEqual(outputs);
    leaving.leave();
    leaving.expectNothingLeft();
  });

  it.each([0, 2, 5])('in the middle of a batch, when its record %i is read', (record) => {
    const leaving = begun();
    let reads = 0;
    leaving.begin({
      onRead() {
        if (reads++ === record) leaving.leave();
      },
    });
    leaving.clock.advanceTo(5000);
    expect(reads).toBeGreaterThan(0);
    leaving.leave();
    leaving.expectNothingLeft();
  });

  it('by its own output', () => {
    const leaving = begun();
    leaving.begin({ onOutput: () => leaving.leave() });
    leaving.clock.advanceTo(1200);
    expect(leaving.outputs).toBe(1);
    leaving.expectNothingLeft();
  });
});

/** Operators that wait for something of the user, each with something that takes 300 ms. */
const waiting: Record<string, (wait: <T>(signal: AbortSignal, value: T) => Observable<T>) => Operator> = {
  held: (wait) => held((batch, signal) => wait(signal, batch)),
  joinTable: (wait) => operators.joinTable((signal) => wait(signal, BEFORE), { reloadEvery: 1 }),
  mapChunks: (wait) => operators.mapChunks(4, (records, signal) => wait(signal, records)),
  mapRecordsAsync: (wait) => operators.mapRecordsAsync((record, signal) => wait(signal, record), { concurrency: 9 }),
  transform: (wait) => operators.transform((batch, signal) => wait(signal, batch)),
};

describe.each(Object.entries(waiting))('%s, left', (_name, make) => {
  it.each([1100, 4100])('while it waits, at %i ms', (time) => {
    let waits = 0;
    const leaving = new Leaving(BEFORE, ({ clock, signals }) =>
      make((signal, value) => {
        signals.add(signal);
        return defer(() => {
          waits++;
          return timer(300, clock).pipe(
            map(() => value),
            finalize(() => waits--),
          );
        });
      }),
    );
    leaving.begin();
    leaving.clock.advanceTo(time);
    expect(waits).toBeGreaterThan(0);
    leaving.leave();
    expect(waits).toBe(0);
    leaving.expectNothingLeft();
  });
});

it('the check sees what is left', () => {
  const leaving = new Leaving(BEFORE, () => (source) => source);
  leaving.begin();
  leaving.clock.advanceTo(1100);
  expect(() => leaving.expectNothingLeft()).toThrow();
});
