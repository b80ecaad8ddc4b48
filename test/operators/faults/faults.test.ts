/**
 * A function of the user that fails on any of its calls, in every operator that takes one: the batch fails whole, the error says
 * where, nothing of it is kept or committed, and a retry goes on as if it had not happened.
 */
import { describe, expect, it } from 'vitest';
import { isStreamError } from '../../../src/core/errors.ts';
import * as operators from '../../../src/operators/index.ts';
import { AFTER, BEFORE, FAILING, type Place } from './Fault.ts';
import { FAILING_TIME, type Failure, live } from './live.ts';
import { register } from './register.ts';

const rows = Object.entries(register).flatMap(([operator, faults]) =>
  'takesNone' in faults ? [] : faults.map((fault) => ({ operator, ...fault })),
);

it('every operator is here', () => {
  expect(Object.keys(register).sort()).toEqual(Object.keys(operators).sort());
});

describe.each(rows)('$operator: $fn', (fault) => {
  const { places, batch = FAILING } = fault;
  const undisturbed = live(fault);
  const placeAt = (call: number): Place => {
    const place = places === 'whole batch' ? {} : (places[call] as number | Place);
    return typeof place === 'number' ? { record: place } : place;
  };
  const calls =
    places === 'whole batch'
      ? [0, Math.floor(undisturbed.calls / 2), undisturbed.calls - 1]
      : places.map((_, at) => at);

  it('is called as often as is written here', () => {
    expect(undisturbed.calls).toBeGreaterThan(0);
    expect(undisturbed.failures).toEqual([]);
    if (places === 'whole batch') return;
    if (fault.fn === 'keyOf') expect(undisturbed.calls).toBeGreaterThanOrEqual(places.length);
    else expect(undisturbed.calls).toBe(places.length);
  });

  it.each([...new Set(calls)])('fails in call %i: the batch fails whole, the error says where', (call) => {
    const failed = live(fault, { failsAt: call });
    expect(failed.failures).toHaveLength(1);
    const [{ error }] = failed.failures as [Failure];
    const { record, key, side } = placeAt(call);
    const { operator } = fault;
    expect(error).toMatchObject({ code: 'OPERATOR_FAILED', cause: new Error('no') });
    if (!isStreamError(error)) return;
    expect(error.message).toMatch(new RegExp(`^${operator}: its function failed in the batch of time 2000.*: no$`));
    expect(error.details).toMatchObject({ operator, time: FAILING_TIME });
    if (places === 'whole batch' || record !== undefined) expect(error.details.record).toBe(record);
    if (record !== undefined) expect(error.message).toContain(`, record ${record}`);
    if (key !== undefined)
      expect([error.details.key, error.message]).toEqual([key, expect.stringContaining(`key "${key}"`)]);
    if (side !== undefined) expect(error.message).toContain(` of ${side}`);
  });

  it.each([...new Set(calls)])(
    'fails in call %i: nothing is committed, and the state is as before the batch',
    (call) => {
      const [failure] = live(fault, { failsAt: call }).failures as [Failure];
      expect(failure.committed).toEqual([{ topic: 'input', partition: 0, until: BEFORE.length }]);
      expect(failure.state).toEqual(undisturbed.stateBefore);
    },
  );

  it.each([...new Set(calls)])('fails in call %i: retry() goes on as if it had not happened', (call) => {
    for (const isDurable of [false, true]) {
      const retried = live(fault, { failsAt: call, isDurable });
      expect(retried.results).toEqual(undisturbed.results);
      expect(retried.committed).toEqual([
        { topic: 'input', partition: 0, until: BEFORE.length + batch.length + AFTER.length },
      ]);
    }
  });
});
