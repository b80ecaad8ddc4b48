import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ownKey } from '../../../src/core/keys/ownKey.ts';
import { KeyedState } from '../../../src/core/state/KeyedState.ts';

const KEYS = 100;
const MEGABYTE = 1_000_000;

it('gives a key that is the same', () => {
  const keys = [
    '',
    'a',
    'a-key-that-has-a-long-name',
    '\u{1F600}-and-its-other-half-in-the-middle',
    1,
    1n,
    null,
    undefined,
  ];
  for (const key of keys) expect(ownKey(key)).toBe(key);
  expect(ownKey(['a', ['a-key-that-has-a-long-name', 2n]])).toEqual(['a', ['a-key-that-has-a-long-name', 2n]]);
  expect(ownKey(Buffer.from('key'))).toEqual(Buffer.from('key'));
});

it.each([
  { kind: 'text', keyIn: (text: string): unknown => text.slice(0, 30) },
  { kind: 'tuple', keyIn: (text: string): unknown => [1, text.slice(0, 30)] },
  { kind: 'view', keyIn: (text: string): unknown => Buffer.from(text).subarray(0, 30) },
])('a $kind that is a key of a state does not keep alive what it was cut from', ({ keyIn }) => {
  const state = new KeyedState<unknown, number>([], {
    identify: (key) => (Buffer.isBuffer(key) ? key.toString() : `${key}`),
  });
  const before = bytesInUse();
  for (let n = 0; n < KEYS; n++) state.set(keyIn(megabyteOf(n)), n);
  expect(state.size).toBe(KEYS);
  expect(bytesInUse() - before).toBeLessThan((KEYS * MEGABYTE) / 2);
  expect(state.size).toBe(KEYS);
});

/** A text that is in one piece, as a file that was read is. */
function megabyteOf(n: number): string {
  const bytes = Buffer.alloc(MEGABYTE, 'x');
  bytes.write(`key-${n}-`);
  return bytes.toString('latin1');
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The second one waits for what the first has left to be swept beside the program.
  collect();
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
