import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { recordText } from './recordText.ts';
import { type SaveOptions, saveLines } from './saveLines.ts';

/**
 * Writes each batch to a folder of its own, `<prefix>-<batch time in ms>[.<suffix>]`, one record a line, as Spark's
 * `saveAsTextFiles` does: the lines in `part-00000`, and an empty `_SUCCESS`.
 *
 * - A folder is there whole or not at all, and on disk before the batch counts as done. Empty batches get a folder too.
 * - **Repetition**: a batch that runs again under its time (after `retry()`, or from a durable checkpoint) replaces its
 *   folder. A process that begins at committed offsets has later times: the folder of the one batch that was open when the
 *   process before died stays beside the new ones.
 * - Records are written like `print` shows them: texts as they are, pairs as `(key,value)`, plain objects as JSON. Map to
 *   texts first for another format; `saveAsObjectFiles` writes what a program can read back.
 * - **Memory**: the records of the batch, and 64 KB of text at a time.
 * - **Errors**: what the file system refuses fails the run with `OUTPUT_FAILED`; nothing of the batch is committed. So does a
 *   folder of that name which holds something else than an earlier output: it is left as it is.
 *
 * @param prefix Path and beginning of the names; relative to the working directory. Missing folders are made. Empty: the
 * names are the batch times alone.
 * @param suffix What follows the time after a dot. Default: nothing.
 * @param options `gzip`: compress the lines, in `part-00000.gz`.
 */
export function saveAsTextFiles<T>(
  prefix: string,
  suffix = '',
  options: SaveOptions = {},
): MonoTypeOperatorFunction<Batch<T>> {
  return saveLines('saveAsTextFiles', { prefix, suffix, extension: '', lineOf: recordText }, options);
}
