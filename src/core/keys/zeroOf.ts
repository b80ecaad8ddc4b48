import { refuse } from '../arguments.ts';

/** What an aggregate of each key begins with: a plain value, or a function that makes one. */
export type Zero<C> = C | (() => C);

/** A function that gives what a key begins with. An object is refused: all keys would share it. */
export function zeroOf<C>(where: string, zero: Zero<C>): () => C {
  if (typeof zero === 'function') return zero as () => C;
  if (typeof zero === 'object' && zero !== null) {
    refuse(
      where,
      'a plain value, or a function that makes one',
      zero,
      'All keys would share it: write () => [] or the like.',
    );
  }
  return () => zero;
}
