import { oneOf, refuse, wholeNumber } from '../../core/arguments.ts';
import type { KnownOptions } from '../../core/knownOptions.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { decodingOf } from '../text/decoding.ts';
import { DirectorySource } from './DirectorySource.ts';
import { DIRECTORY_OPTIONS, type DirectoryOptions, directorySettings } from './directoryOptions.ts';
import { lineFormat } from './lineFormat.ts';

/** Options of {@link textFiles}. */
export interface TextFilesOptions extends DirectoryOptions {
  /** Character set: `utf8`, `latin1`, or one that `TextDecoder` knows and whose newline is one byte. Default `utf8`. */
  readonly encoding?: string;
  /** The most bytes a line may have, its end not counted. Default 1 MiB. */
  readonly maxLineBytes?: number;
  /** What happens to a longer line: an error, left out, or cut to `maxLineBytes`. The last two are reported. Default `'fail'`. */
  readonly onLongLine?: 'fail' | 'skip' | 'truncate';
  /** A line that is not valid text: U+FFFD for what cannot be read, reported; or an error. Default `'replace'`. */
  readonly onInvalid?: 'replace' | 'fail';
}

const OPTIONS: KnownOptions<TextFilesOptions> = {
  ...DIRECTORY_OPTIONS,
  encoding: true,
  maxLineBytes: true,
  onLongLine: true,
  onInvalid: true,
};

/**
 * The lines of new files in a directory, each file in one batch where it has room: Spark's `textFileStream`.
 *
 * ```text
 * directory         a.txt=[x⏎ y⏎]      b.txt=[z]
 * textFiles(dir)    -----------[x y]--------[z]---
 * ```
 *
 * - **Which files**: a batch at `time` takes those last modified at `time` or before, and later than `time` less
 *   `minRememberDuration` (1 minute) and than the start, unless they were selected already; the oldest first. `path` may have
 *   wildcards that select directories. Names with `.` or `_` in front are left out. Write elsewhere and rename into the directory.
 * - **A record** is a line without its `\n`, `\r\n` or `\r`; the last one may lack its end. A byte order mark is left out.
 * - **Offsets**: none; a checkpoint keeps which files were selected. A cut is the names and sizes of its files: it gives the same
 *   lines again, or `onLost`.
 * - **Completes** never. **Errors** with `DATA_LOST` (a selected file is gone or changed), `DATA_CORRUPT` (damaged gzip, line too
 *   long), `RECORD_UNDECODABLE` (invalid text), each as the options say, `SOURCE_FAILED` (no directory, if `onMissing: 'fail'`),
 *   `OPERATOR_FAILED` (`filter` threw). Wrong arguments: `INVALID_ARGUMENT`.
 * - **Memory**: `maxBytesPerBatch` (64 MiB), and the names of the files selected in `minRememberDuration`. What has no room
 *   comes in later batches, big files divided between lines. A line of 13 characters or more may keep up to 64 KiB of its
 *   neighbours in memory for as long as it is kept itself.
 */
export function textFiles(path: string, options: TextFilesOptions = {}): SourceObservable<string> {
  const settings = directorySettings('textFiles', path, options, OPTIONS);
  const { name: source, maxBytesPerBatch } = settings;
  const encoding = options.encoding ?? 'utf8';
  const maxLineBytes = wholeNumber('textFiles(maxLineBytes)', options.maxLineBytes ?? 1024 * 1024, 1);
  if (maxBytesPerBatch < maxLineBytes + 2) {
    refuse(
      'textFiles(maxBytesPerBatch)',
      `at least maxLineBytes and a line end (${maxLineBytes + 2})`,
      maxBytesPerBatch,
      'For smaller batches lower maxLineBytes too.',
    );
  }
  const format = lineFormat({
    source,
    decoding: decodingOf('textFiles(encoding)', encoding),
    skipsByteOrderMark: /^utf-?8$/i.test(encoding),
    maxLineBytes,
    onLongLine: oneOf('textFiles(onLongLine)', options.onLongLine ?? 'fail', ['fail', 'skip', 'truncate']),
    onInvalid: oneOf('textFiles(onInvalid)', options.onInvalid ?? 'replace', ['replace', 'fail']),
  });
  return sourceObservable(() => new DirectorySource(settings, format));
}
