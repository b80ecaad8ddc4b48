export type { StateValues, ValueStore } from './core/state/StateValues.ts';
export { type LmdbValuesOptions, lmdbValues } from './drivers/lmdb/lmdbValues.ts';
