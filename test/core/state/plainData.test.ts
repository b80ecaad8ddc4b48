import { deserialize, serialize } from 'node:v8';
import { expect, it } from 'vitest';
import { isPlainData } from '../../../src/core/state/plainData.ts';

class Own {
  readonly n = 1;
}
class OwnMap extends Map {}

const plain: readonly unknown[] = [
  1,
  'text',
  10n,
  true,
  null,
  undefined,
  { a: 1 },
  Object.create(null),
  [1, [2]],
  new Map([[1, 2]]),
  new Set([1]),
  new Date(0),
  /a/,
  new Uint8Array(2),
  Buffer.from('a'),
  new DataView(new ArrayBuffer(2)),
  new ArrayBuffer(2),
  new RangeError('no'),
  Object(1),
];
const other: readonly unknown[] = [new Own(), new OwnMap(), () => 1, Symbol('s'), Promise.resolve(), new WeakMap()];

it.each(plain)('%o comes back as what it is', (value) => {
  expect(isPlainData(value)).toBe(true);
  expect(isPlainData(value, 1)).toBe(true);
  expect(deserialize(serialize(value))).toEqual(value);
});

it.each(other)('%o does not, nor does what holds it as far as is looked', (value) => {
  expect(isPlainData(value)).toBe(false);
  const holders = [{ value }, [value], new Map([[value, 1]]), new Map([[1, value]]), new Set([value])];
  for (const holder of holders) {
    expect(isPlainData(holder)).toBe(true);
    expect(isPlainData(holder, 1)).toBe(false);
    expect(isPlainData([holder], 1)).toBe(true);
    expect(isPlainData([holder], 2)).toBe(false);
  }
});

it('what holds itself is looked at as far as is said', () => {
  const loop: unknown[] = [];
  loop.push(loop);
  expect(isPlainData(loop, 10)).toBe(true);
});
