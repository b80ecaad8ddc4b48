import { expect, it } from 'vitest';
import { reasonOf } from '../../src/core/reasonOf.ts';
import { foreachBatch, mapRecords } from '../../src/index.ts';
import { runBatches } from '../../src/testing/index.ts';

it.each<[string, unknown, string]>([
  ['an Error', new Error('the disk is full'), 'the disk is full'],
  ['an Error that has a code and no message', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['an Error that has neither', new RangeError(), 'RangeError'],
  ['what looks like an Error', { message: 'from another realm' }, 'from another realm'],
  ['undefined', undefined, 'undefined'],
  ['a text', 'no', 'no'],
  ['a symbol', Symbol('no'), 'Symbol(no)'],
  ['an object', { status: 500 }, 'an object (Object)'],
  ['an object without prototype', Object.create(null), 'an object (no prototype)'],
])('a message can be made of whatever was thrown: %s', (_name, thrown, reason) => {
  expect(reasonOf(thrown)).toBe(reason);
});

const unspeakable = {
  get message(): string {
    throw new Error('not even this');
  },
};

it.each([
  ['undefined', undefined],
  ['an object without prototype', Object.create(null)],
  ['what cannot be looked at', unspeakable],
])('whatever a function throws fails the run in good order, with it as the cause: %s', (_name, thrown) => {
  const fail = (): never => {
    throw thrown;
  };
  expect(() => runBatches([[1]], (stream) => stream.pipe(mapRecords(fail)))).toThrow(
    expect.objectContaining({ code: 'OPERATOR_FAILED' }),
  );
  expect(() => runBatches([[1]], (stream) => stream.pipe(foreachBatch(fail)))).toThrow(
    expect.objectContaining({ code: 'OUTPUT_FAILED' }),
  );
});
