import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { jsonLine } from './jsonLine.ts';
import { type SaveOptions, saveLines } from './saveLines.ts';

/**
 * Writes each batch to a folder of its own, `<prefix>-<batch time in ms>[.<suffix>]`, one record a line as JSON (NDJSON), in
 * `part-00000.json`, with an empty `_SUCCESS`. In the place of Spark's `saveAsObjectFiles`, whose Java objects nobody else
 * can read.
 *
 * ```text
 * saveAsObjectFiles('out/counts')   out/counts-1000/part-00000.json   ["to",2]
 *                                                                     ["be",1]
 * ```
 *
 * - A folder is there whole or not at all, and on disk before the batch counts as done. Empty batches get a folder too.
 * - **Repetition**: a batch that runs again under its time replaces its folder, with the same bytes.
 * - **Values**: as `JSON.stringify` has them, a `Date` as its ISO text, `undefined` left out of objects and `null` in arrays.
 *   What JSON would lose without a word is an error: bigint, `NaN` and infinities, `Map`, `Set`, bytes, functions, cycles.
 * - **Memory**: the records of the batch, and 64 KB of text at a time.
 * - **Errors**: `OUTPUT_FAILED` with what the file system refuses, or with the record that JSON cannot hold, where in it, and
 *   what to do; nothing of the batch is committed.
 *
 * @param prefix Path and beginning of the names; relative to the working directory. Missing folders are made. Empty: the
 * names are the batch times alone.
 * @param suffix What follows the time after a dot. Default: nothing.
 * @param options `gzip`: compress the lines, in `part-00000.json.gz`.
 */
export function saveAsObjectFiles<T>(
  prefix: string,
  suffix = '',
  options: SaveOptions = {},
): MonoTypeOperatorFunction<Batch<T>> {
  return saveLines('saveAsObjectFiles', { prefix, suffix, extension: '.json', lineOf: jsonLine }, options);
}
