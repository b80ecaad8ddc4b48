/** Values of every kind that can be cloned, each made anew. */
export const STORABLE: readonly (readonly [kind: string, make: () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['0', () => 0],
  ['-0', () => -0],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['-Infinity', () => Number.NEGATIVE_INFINITY],
  ['an integer past 32 bits', () => 2 ** 53 - 1],
  ['the smallest number', () => Number.MIN_VALUE],
  ['the biggest number', () => -Number.MAX_VALUE],
  ['0.1 + 0.2', () => 0.1 + 0.2],
  ['0n', () => 0n],
  ['a negative bigint', () => -(2n ** 64n)],
  ['a bigint of many digits', () => 3n ** 500n],
  ['an empty text', () => ''],
  ['a text of one byte letters', () => 'straße'],
  ['a text of many planes', () => '日本 🚀 \u{10ffff}'],
  ['a lone surrogate', () => '\ud83d'],
  ['surrogates the wrong way round', () => 'a\ude80\ud83db'],
  ['a text with NUL and line ends', () => '\u0000\r\n\u2028'],
  ['a text that looks like JSON', () => '{"a":1}'],
  ['a long text', () => 'é'.repeat(100_000)],
  ['a date', () => new Date(1_700_000_000_123)],
  ['a regular expression', () => /a+\/(?<b>.)/giu],
  ['a boxed number', () => Object(7)],
  ['a boxed text', () => Object('seven')],
  ['a boxed bigint', () => Object(7n)],
  ['an array', () => [1, [2, [3, []]], 'x']],
  ['an array with holes', () => sparse()],
  ['an array with undefined', () => [undefined, null, undefined]],
  ['a long array', () => Array.from({ length: 10_000 }, (_, at) => at / 2)],
  ['an object', () => ({ b: 1, a: { c: [{ d: null }] } })],
  ['an object with undefined inside', () => ({ a: undefined, b: 1 })],
  ['an object with numbers for names', () => ({ 10: 'x', 2: 'y', z: 'z', '': 'empty', 'ü\ud800': 1 })],
  ['an empty object', () => ({})],
  ['an object of many properties', () => Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`p${at}`, at]))],
  ['objects deep inside each other', () => deep(500)],
  [
    'a map',
    () =>
      new Map<unknown, unknown>([
        [{ a: 1 }, 'x'],
        [Number.NaN, new Map([[1, 2]])],
        ['z', undefined],
        ['a', 0],
      ]),
  ],
  ['a set', () => new Set<unknown>(['z', 'a', 1, [1], undefined, new Set([0])])],
  ['an error', () => new RangeError('too far')],
  ['bytes', () => Uint8Array.from([0, 127, 128, 255])],
  ['a part of bytes', () => Uint8Array.from([1, 2, 3, 4, 5]).subarray(1, 4)],
  ['clamped bytes', () => Uint8ClampedArray.of(255, 0)],
  ['16 bits', () => Int16Array.of(-1, 2 ** 15 - 1)],
  ['32 bits', () => Uint32Array.of(1, 2 ** 32 - 1)],
  ['64 bits', () => BigInt64Array.of(-1n, 2n ** 63n - 1n)],
  ['small floats', () => Float32Array.of(0.5, -0, Number.NaN)],
  ['floats', () => Float64Array.of(0.1, -0, Number.NEGATIVE_INFINITY)],
  ['no bytes', () => new Uint8Array(0)],
  ['a buffer', () => Uint8Array.of(9, 8, 7).buffer],
  ['a view', () => new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2)],
  ['an object that holds itself', () => cycle()],
  ['a map that holds itself', () => cyclicMap()],
  ['the same object twice', () => twice()],
];

function sparse(): unknown[] {
  const array: unknown[] = [];
  array[1] = 'one';
  array[3] = undefined;
  array.length = 6;
  return array;
}

function deep(levels: number): unknown {
  let value: unknown = 'inside';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

function cycle(): unknown {
  const value: { name: string; self?: unknown; list?: unknown[] } = { name: 'x' };
  value.self = value;
  value.list = [value, { value }];
  return value;
}

function cyclicMap(): unknown {
  const map = new Map<unknown, unknown>();
  return map.set('self', map).set(map, [map]);
}

function twice(): unknown {
  const shared = { n: 1 };
  return { left: shared, right: shared };
}
