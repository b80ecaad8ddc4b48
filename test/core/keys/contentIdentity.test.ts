import { expect, it } from 'vitest';
import { contentIdentity } from '../../../src/core/keys/contentIdentity.ts';

it('a copy of a key is the same key', () => {
  for (const key of ['a', 1, null, [1, 'a'], { id: 1, at: new Date(5) }, new Uint8Array([1, 2]), new Map([[1, 2]])])
    expect(contentIdentity(structuredClone(key))).toBe(contentIdentity(key));
});

it('keys of other contents are others, of other kinds too', () => {
  const keys = [
    1,
    '1',
    [1],
    ['1'],
    [[1]],
    { 0: 1 },
    new Date(1),
    ['Date', 1],
    { a: 1 },
    ['object', ['a', 1]],
    ['object', ['tuple', 'a', 1]],
    new Map([['a', 1]]),
    ['entries', ['a', 1]],
    new Uint8Array([1]),
    ['view', 1],
  ];
  expect(new Set(keys.map(contentIdentity)).size).toBe(keys.length);
});
