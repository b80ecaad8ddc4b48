import { createRequire } from 'node:module';
import { StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';

type Lmdb = typeof import('lmdb');

const require = createRequire(import.meta.url);

/** Loads the package lmdb, here and nowhere else, and at once: who needs it is told where it is written. */
export function loadLmdb(): Lmdb {
  try {
    return require('lmdb') as Lmdb;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException | null)?.code === 'MODULE_NOT_FOUND';
    throw new StreamError(
      'STATE_STORE_FAILED',
      isMissing
        ? 'lmdbValues needs the package lmdb, which is not installed: run `npm install lmdb`.'
        : `The package lmdb could not be loaded: ${reasonOf(cause)}`,
      { cause },
    );
  }
}
