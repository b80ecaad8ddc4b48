import type { KnownOptions } from '../../core/knownOptions.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { DirectorySource } from './DirectorySource.ts';
import { DIRECTORY_OPTIONS, type DirectoryOptions, directorySettings } from './directoryOptions.ts';
import { type FileRecord, WHOLE_FORMAT } from './wholeFormat.ts';

/** Options of {@link files}. */
export interface FilesOptions extends DirectoryOptions {
  /** A file, unpacked, of more than `maxBytesPerBatch`: an error, or left out and reported. Default `'fail'`. */
  readonly onBig?: 'fail' | 'skip';
}

const OPTIONS: KnownOptions<FilesOptions> = { ...DIRECTORY_OPTIONS, onBig: true };

/**
 * New files in a directory, each one record with its name and bytes: for formats of your own, as Spark's `fileStream` is.
 *
 * ```text
 * directory     a.json b.json            c.json
 * files(dir)    -------------[a b]--------------[c]---
 * ```
 *
 * - **Which files**, **offsets** and **memory** as {@link textFiles} has them; a file is never divided. An empty one is a record too.
 * - **Decode** with `mapRecords` or `flatMapRecords`: `flatMapRecords(({ content }) => parse(content))`.
 * - **Completes** never. **Errors** with `BUFFER_FULL` where a file has more than `maxBytesPerBatch` bytes (`onBig`), and as
 *   {@link textFiles} does.
 */
export function files(path: string, options: FilesOptions = {}): SourceObservable<FileRecord> {
  const settings = directorySettings('files', path, options, OPTIONS);
  return sourceObservable(() => new DirectorySource(settings, WHOLE_FORMAT));
}
