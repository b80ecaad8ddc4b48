import { resolve } from 'node:path';
import { textArgument, wholeNumber } from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { StateValues } from '../../core/state/StateValues.ts';
import { lmdbValueStore } from './lmdbValueStore.ts';
import { loadLmdb } from './loadLmdb.ts';

/** Options of {@link lmdbValues}. */
export interface LmdbValuesOptions {
  /** A folder on a local disk, with room for the values twice; made if it is not there. Several processes may share one. */
  readonly folder: string;
  /** How many values of each state are kept in memory at most. Default 10,000. */
  readonly cachedValues?: number;
}

const OPTIONS: KnownOptions<LmdbValuesOptions> = { folder: true, cachedValues: true };

/**
 * Keeps the values of a state in a file of lmdb behind a bounded cache, for states that are larger than
 * memory: the option `values` of `updateStateByKey` and `mapWithState`. The results are the same as without it.
 *
 * ```ts
 * mapWithState(countUp, { name: 'users', values: lmdbValues({ folder: './scratch', cachedValues: 100_000 }) })
 * ```
 *
 * - In memory are the keys, what finds and orders them, and `cachedValues` values; and for the time of a batch what it tells
 *   the checkpoint: the values that it changed.
 * - Values are written as `node:v8` serializes them: plain data, everything that `structuredClone` can copy; others need the `codec` of
 *   the operator. They are read again as copies.
 * - The file is a scratch. Nothing of it is used again after the run: the next one begins with what the checkpoint has. On Linux and macOS it
 *   has no name and is gone with its process, however that ends; elsewhere the next start removes what is left.
 * - **Errors**: `STATE_STORE_FAILED` fails the run if the folder cannot be used or the disk is full, and at once if the package lmdb
 *   is not installed; `STATE_UNREADABLE` if a value is no plain data.
 */
export function lmdbValues(options: LmdbValuesOptions): StateValues {
  knownOptions('lmdbValues', options, OPTIONS);
  const folder = resolve(textArgument('lmdbValues({ folder })', options.folder));
  const cachedValues = wholeNumber('lmdbValues({ cachedValues })', options.cachedValues ?? 10_000, 1);
  loadLmdb();
  return { cachedValues, open: (state) => lmdbValueStore(folder, state) };
}
