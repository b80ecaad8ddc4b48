import { refuse, wholeNumber } from '../../core/arguments.ts';
import type { KnownOptions } from '../../core/knownOptions.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { DirectorySource } from './DirectorySource.ts';
import { DIRECTORY_OPTIONS, type DirectoryOptions, directorySettings } from './directoryOptions.ts';
import { fixedFormat } from './fixedFormat.ts';

/** Options of {@link binaryRecords}. */
export interface BinaryRecordsOptions extends DirectoryOptions {
  /** Bytes of a record. */
  readonly recordLength: number;
}

const OPTIONS: KnownOptions<BinaryRecordsOptions> = { ...DIRECTORY_OPTIONS, recordLength: true };

/**
 * Records of a fixed number of bytes from new files in a directory: Spark's `binaryRecordsStream`.
 *
 * ```text
 * directory                               a.bin=[01 02 03 04]
 * binaryRecords(dir, { recordLength: 2 }) ---------[01 02, 03 04]---
 * ```
 *
 * - **Which files**, **offsets** and **memory** as {@link textFiles} has them; big files are divided between records.
 * - **A record** is a `Buffer`, a view of the bytes that were loaded: copy what outlives its batch.
 * - **Completes** never. **Errors** with `DATA_CORRUPT` where a file is no multiple of `recordLength` (`onCorrupt: 'skip'` gives the
 *   whole records before), and as {@link textFiles} does.
 */
export function binaryRecords(path: string, options: BinaryRecordsOptions): SourceObservable<Buffer> {
  const settings = directorySettings('binaryRecords', path, options, OPTIONS);
  const length = wholeNumber('binaryRecords(recordLength)', options.recordLength, 1);
  if (settings.maxBytesPerBatch < length) {
    refuse('binaryRecords(maxBytesPerBatch)', `at least one record (${length})`, settings.maxBytesPerBatch);
  }
  return sourceObservable(() => new DirectorySource(settings, fixedFormat(length)));
}
