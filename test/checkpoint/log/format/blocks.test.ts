import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { decodeIds, decodeKeys, decodeValues, encodeBlock } from '../../../../src/checkpoint/log/format/blocks.ts';
import { isSame } from '../../../../src/testing/checkpoint/kept.ts';

function block(ids: readonly number[], keys?: readonly unknown[], values?: readonly unknown[]): Buffer {
  return Buffer.concat(encodeBlock(ids, keys, values, 0, ids.length));
}

/** What comes back of a column. */
function back(values: readonly unknown[]): readonly unknown[] | undefined {
  return decodeValues(block([...values.keys()], undefined, values));
}

function prototypeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
}

const COLUMNS: Readonly<Record<string, readonly unknown[]>> = {
  integers: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  'numbers of every kind': [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, Number.MIN_VALUE, 2 ** 31],
  texts: ['', 'a', 'ä', '\ud800', '漢字', '\u0000'],
  'primitive values of every kind': [undefined, null, true, 1, 'a', 10n, -0],
  'objects with the same numbers': [
    { count: 1, last: 1.5 },
    { count: -0, last: Number.NaN },
  ],
  'objects with the same fields of all kinds': [
    { a: 'x', b: undefined, c: null, d: 1n },
    { a: 1, b: true, c: -0, d: '' },
  ],
  'objects with their fields in another order': [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  'objects with more or fewer fields': [{ a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2, c: 3 }],
  'objects with fields that look like numbers': [
    { 1: 'a', b: 2 },
    { 1: 'a', b: 2 },
  ],
  'objects with an own field __proto__': [JSON.parse('{"__proto__":1,"a":2}'), JSON.parse('{"__proto__":1,"a":2}')],
  'objects in objects': [{ a: { b: 1 } }, { a: { b: 2 } }],
  'empty objects and arrays': [{}, [], [[]]],
  'arrays with holes': [new Array(3), Object.assign(new Array(3), { 1: 'a' })],
  'maps, sets, dates, errors': [new Map([[{ a: 1 }, new Set([1])]]), new Date(5), /a/gi, new RangeError('no')],
  'buffers and typed arrays': [
    Buffer.from('abc'),
    new Float64Array([1.5, -0]),
    new Uint8Array(0),
    new DataView(new ArrayBuffer(3)),
  ],
};

describe('a column', () => {
  it.each(Object.entries(COLUMNS))('of %s comes back as it was', (_, values) => {
    const found = back(values) as readonly unknown[];
    for (const [n, value] of values.entries()) expect([found[n], isSame(found[n], value)]).toEqual([value, true]);
    const isOfItsKind = (value: unknown, n: number): boolean => prototypeOf(value) === prototypeOf(found[n]);
    expect(values.every(isOfItsKind)).toBe(true);
  });

  it('of numbers tells -0 from 0', () => {
    expect(Object.is(back([-0])?.[0], -0)).toBe(true);
    const [record] = back([{ a: -0 }]) as readonly [{ readonly a: number }];
    expect(Object.is(record.a, -0)).toBe(true);
  });

  it('that holds buffers does not keep the block they came from', () => {
    const found = back([Buffer.alloc(10, 1), new Uint16Array(4), 'x'.repeat(100_000)]) as Uint8Array[];
    expect((found[0] as Uint8Array).buffer.byteLength).toBe(10);
    expect((found[1] as Uint8Array).buffer.byteLength).toBe(8);
  });

  it('of what cannot be cloned throws', () => {
    expect(() => block([0], undefined, [() => 1])).toThrow();
    expect(() => block([0], undefined, [{ a: Symbol('a') }])).toThrow();
  });
});

describe('ids', () => {
  it.each([
    ['that rise by one', [5, 6, 7]],
    ['with gaps', [5, 6, 2 ** 31, 2 ** 32 + 4]],
    ['that lie far apart', [0, 2 ** 33, Number.MAX_SAFE_INTEGER]],
    ['in any order', [9, 3, 5, 4]],
    ['alone', [Number.MAX_SAFE_INTEGER]],
  ])('%s come back as they were', (_, ids) => {
    const found = decodeIds(block(ids));
    expect(found).toEqual({ ids, lowest: Math.min(...ids), highest: Math.max(...ids) });
  });
});

describe('a part of long columns', () => {
  it('has the entries from the one to before the other', () => {
    const part = Buffer.concat(encodeBlock([1, 2, 3, 4], ['a', 'b', 'c', 'd'], [1, 2, 'x', 4], 1, 3));
    const found = [decodeIds(part).ids, decodeKeys(part), decodeValues(part)];
    expect(
      isDeepStrictEqual(found, [
        [2, 3],
        ['b', 'c'],
        [2, 'x'],
      ]),
    ).toBe(true);
  });
});
