import { deserialize, serialize } from 'node:v8';
import { expect, it } from 'vitest';
import { isPlainData, isPlainKind } from '../../../src/core/state/plainData.ts';

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
  expect(isPlainKind(value)).toBe(true);
  expect(deserialize(serialize(value))).toEqual(value);
});

it.each(other)('%o does not, nor does what holds it, however deep', (value) => {
  expect(isPlainData(value)).toBe(false);
  expect(isPlainKind(value)).toBe(false);
  const holders = [{ value }, [value], new Map([[value, 1]]), new Map([[1, value]]), new Set([value])];
  for (const holder of holders) {
    expect(isPlainKind(holder)).toBe(true);
    expect(isPlainData(holder)).toBe(false);
    expect(isPlainData([{ a: { b: [1, {}, holder] } }])).toBe(false);
  }
});

it('what holds itself, or something many times over, is looked at once', () => {
  const loop: unknown[] = [];
  loop.push(loop);
  expect(isPlainData(loop)).toBe(true);
  let doubled: unknown = {};
  for (let level = 0; level < 100; level++) doubled = [doubled, doubled];
  expect(isPlainData(doubled)).toBe(true);
});

it('a look that failed leaves nothing behind for the next one', () => {
  const holder = { inner: { own: new Own() } };
  expect(isPlainData(holder)).toBe(false);
  expect(isPlainData(holder)).toBe(false);
});
