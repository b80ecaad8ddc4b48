import { detached } from './detached.ts';

/** Shorter texts have their characters to themselves. */
const MAY_BE_A_SLICE = 13;

/**
 * A key for keeping: it does not keep alive what it was cut from. V8 makes a piece of a text of 13 characters and more as a
 * reference into the whole, so a word kept would keep the file it stood in.
 */
export function ownKey<K>(key: K): K {
  if (typeof key === 'string') return (key.length < MAY_BE_A_SLICE ? key : copyOf(key)) as K;
  if (Array.isArray(key)) return key.map(ownKey) as K;
  return detached(key);
}

/** Joining makes a text of its own, where adding and slicing refer to what there is. */
function copyOf(text: string): string {
  return [text.slice(0, 1), text.slice(1)].join('');
}
