import { describe, expect, it } from 'vitest';
import { jsonLine } from '../../src/outputs/jsonLine.ts';

describe('a record as a line of JSON', () => {
  class Point {
    x = 1;
    hidden(): void {}
  }
  it.each<[string, unknown, string]>([
    ['a text', 'größe\n"quoted"', '"größe\\n\\"quoted\\""'],
    ['a text with half a character', '\ud800', '"\\ud800"'],
    ['a number', -1.5, '-1.5'],
    ['null', null, 'null'],
    ['undefined: null', undefined, 'null'],
    ['a pair', ['to', 2], '["to",2]'],
    ['a pair with a side that is missing: null', ['to', ['left', undefined]], '["to",["left",null]]'],
    ['an object, without what is undefined', { a: 1, b: undefined, c: { d: [] } }, '{"a":1,"c":{"d":[]}}'],
    ['an object of a class, by its properties', new Point(), '{"x":1}'],
    ['a Date: its ISO text', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['what has a toJSON of its own', { toJSON: () => 'me' }, '"me"'],
    ['an object that is there twice', Array(2).fill({ a: 1 }), '[{"a":1},{"a":1}]'],
    ['a key that is called __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ])('%s', (_what, record, line) => {
    expect(jsonLine(record)).toBe(line);
  });
});

describe('what JSON would lose is refused, with where it stands and what to do', () => {
  const cycle: { inside: { self?: unknown } } = { inside: {} };
  cycle.inside.self = cycle;
  it.each<[string, unknown, RegExp]>([
    ['a bigint', 1n, /got the bigint 1 at the record itself\. .*make it a text or a number first/],
    ['a bigint in a pair', ['a', { id: 2n }], /got the bigint 2 at \[1\]\.id\./],
    ['NaN', { mean: Number.NaN }, /got NaN at \.mean\. .*make it null/],
    ['an infinity', [1, Number.NEGATIVE_INFINITY], /got -Infinity at \[1\]/],
    ['a Map', ['a', new Map()], /got a Map at \[1\]\. .*Object\.fromEntries/],
    ['a Set', { tags: new Set() }, /got a Set at \.tags\. .*\[\.\.\.set\]/],
    ['bytes of Node', Buffer.from('x'), /got bytes at the record itself\. .*base64/],
    ['bytes', { value: new Uint8Array(1) }, /got bytes at \.value/],
    ['a buffer', { value: new ArrayBuffer(1) }, /got bytes at \.value/],
    ['a Date that is none', new Date(Number.NaN), /got an invalid Date/],
    ['a function', { f: () => 1 }, /got a function at \.f/],
    ['a symbol', [Symbol('s')], /got Symbol\(s\) at \[0\]/],
    ['a cycle', cycle, /got a cycle at \.inside\.self/],
  ])('%s', (_what, record, message) => {
    expect(() => jsonLine(record)).toThrow(message);
  });
});
