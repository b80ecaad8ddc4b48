import { resolve } from 'node:path';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { refuse, truth } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { output } from '../core/batch/output.ts';
import { outputError } from '../core/batch/outputError.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { reasonOf } from '../core/reasonOf.ts';
import { batchOutputName } from '../drivers/files/batchOutputName.ts';
import { fileTrouble, UNKNOWN_TROUBLE } from '../drivers/files/fileTrouble.ts';
import { sweepTextFolders, writeTextFolder } from '../drivers/files/writeTextFolder.ts';

/** Options of the outputs that write files. */
export interface SaveOptions {
  /** Compresses: the file of each batch gets `.gz` behind its name. Default `false`. */
  readonly gzip?: boolean;
}

const OPTIONS: KnownOptions<SaveOptions> = { gzip: true };

/** What {@link saveLines} writes, and where. */
export interface LinesToSave {
  readonly prefix: string;
  readonly suffix: string;
  /** What follows `part-00000` in the name of the file. */
  readonly extension: string;
  /** One line for each record; what it throws is told with the record's position. */
  readonly lineOf: (record: unknown) => string;
}

/** An output that writes a folder for each batch, a line for each record: what `saveAsTextFiles` and its sisters share. */
export function saveLines<T>(
  operator: string,
  { prefix, suffix, extension, lineOf }: LinesToSave,
  options: SaveOptions,
): MonoTypeOperatorFunction<Batch<T>> {
  if (typeof prefix !== 'string') refuse(`${operator}(prefix)`, 'a text', prefix);
  if (typeof suffix !== 'string') refuse(`${operator}(_, suffix)`, 'a text', suffix);
  if (/[\\/]/.test(suffix)) {
    refuse(`${operator}(_, suffix)`, 'a text without slashes', suffix, 'Folders belong into the prefix.');
  }
  knownOptions(operator, options, OPTIONS);
  const gzip = truth(`${operator}(_, _, { gzip })`, options.gzip ?? false);

  /** One by one, so that the whole text is never in memory. */
  function* linesOf(records: readonly T[], time: number): Iterable<string> {
    for (let position = 0; position < records.length; position++) {
      let line: string;
      try {
        line = lineOf(records[position]);
      } catch (error) {
        throw outputError(operator, time, error, position);
      }
      yield line;
    }
  }

  let swept = false;
  return output(operator, async (batch: Batch<T>, signal) => {
    const lines = linesOf(batch.records, batch.time);
    const folder = batchOutputName(prefix, suffix, batch.time);
    try {
      if (!swept) await sweepTextFolders(prefix);
      swept = true;
      await writeTextFolder(folder, lines, { signal, gzip, extension });
    } catch (error) {
      throw ofTheFolder(folder, error);
    }
  });
}

/** What the file system refuses says neither where nor what to do. */
function ofTheFolder(folder: string, error: unknown): unknown {
  const { code, todo } = fileTrouble(error);
  if (todo === UNKNOWN_TROUBLE) return error;
  return Object.assign(
    new Error(`${resolve(folder)} could not be written (${reasonOf(error)}): ${todo}`, { cause: error }),
    { code },
  );
}
