import { functionArgument, oneOf, textArgument, truth, wholeMilliseconds, wholeNumber } from '../../core/arguments.ts';
import { type Milliseconds, minutes } from '../../core/durations.ts';
import { StreamError } from '../../core/errors.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import type { DirectorySettings } from './DirectorySource.ts';
import { folderPattern } from './folderPattern.ts';

/** Options of every source that reads the files of a directory. */
export interface DirectoryOptions {
  /** Only files modified after the start; otherwise also those that are there, as far back as `minRememberDuration`. Default `true`. */
  readonly newFilesOnly?: boolean;
  /**
   * How far back a batch looks for files, and how long a selected file is remembered; rounded up to whole intervals. `Infinity`:
   * all files there are, and their names are kept for good. Default 1 minute.
   */
  readonly minRememberDuration?: Milliseconds;
  /** Which files to take, by name (the last part of the path) and path; asked at every listing. Default: all. */
  readonly filter?: (name: string, path: string) => boolean;
  /** Also names that begin with `.` or `_`, or end with `._COPYING_`. Default `false`. */
  readonly includeHidden?: boolean;
  /** Folders in folders too, except links to folders. Default `false`. */
  readonly recursive?: boolean;
  /** How to unpack: `auto` goes by the name, `.gz`. Default `'auto'`. */
  readonly decompress?: 'auto' | 'gzip' | 'none';
  /** Bytes, unpacked, that one batch takes in, and so what it loads into memory. Default 64 MiB. */
  readonly maxBytesPerBatch?: number;
  /** Files one batch takes in. Default `Infinity`. */
  readonly maxFilesPerBatch?: number;
  /** No directory at the start: wait for it, or an error. Default `'wait'`. */
  readonly onMissing?: 'wait' | 'fail';
  /** A selected file is gone, replaced, shorter or not to be read: an error, or left out and reported. Default `'fail'`. */
  readonly onLost?: 'fail' | 'skip';
  /** Compressed bytes that are damaged or cut off: an error, or the whole records before, reported. Default `'fail'`. */
  readonly onCorrupt?: 'fail' | 'skip';
  /** How often those without an interval look for files, in milliseconds. Default 1000. */
  readonly pollIntervalMs?: Milliseconds;
  /** Unique among the sources of a context. Default `files:` and the path. */
  readonly name?: string;
}

export const DIRECTORY_OPTIONS: KnownOptions<DirectoryOptions> = {
  newFilesOnly: true,
  minRememberDuration: true,
  filter: true,
  includeHidden: true,
  recursive: true,
  decompress: true,
  maxBytesPerBatch: true,
  maxFilesPerBatch: true,
  onMissing: true,
  onLost: true,
  onCorrupt: true,
  pollIntervalMs: true,
  name: true,
};

/** Checks the options and fills in the defaults. `where` is the function they were given to, `known` are its options. */
export function directorySettings<O extends DirectoryOptions & { readonly onBig?: 'fail' | 'skip' }>(
  where: string,
  path: string,
  options: O,
  known: KnownOptions<O>,
): DirectorySettings {
  const at = (option: string): string => `${where}(${option})`;
  const folders = folderPattern(at('path'), textArgument(at('path'), path));
  knownOptions(where, options, known);
  if (options.filter !== undefined) functionArgument(at('filter'), options.filter);
  const minRememberDuration = options.minRememberDuration ?? minutes(1);
  return {
    folders,
    base: folders.base,
    name: textArgument(at('name'), options.name ?? `files:${path}`),
    newFilesOnly: truth(at('newFilesOnly'), options.newFilesOnly ?? true),
    minRememberDuration: wholeNumber(at('minRememberDuration'), minRememberDuration, 1, true),
    filter: options.filter === undefined ? undefined : guarded(where, options.filter),
    includeHidden: truth(at('includeHidden'), options.includeHidden ?? false),
    recursive: truth(at('recursive'), options.recursive ?? false),
    decompress: oneOf(at('decompress'), options.decompress ?? 'auto', ['auto', 'gzip', 'none']),
    maxBytesPerBatch: wholeNumber(at('maxBytesPerBatch'), options.maxBytesPerBatch ?? 64 * 1024 * 1024, 1),
    maxFilesPerBatch: wholeNumber(
      at('maxFilesPerBatch'),
      options.maxFilesPerBatch ?? Number.POSITIVE_INFINITY,
      1,
      true,
    ),
    onMissing: oneOf(at('onMissing'), options.onMissing ?? 'wait', ['wait', 'fail']),
    onLost: oneOf(at('onLost'), options.onLost ?? 'fail', ['fail', 'skip']),
    onCorrupt: oneOf(at('onCorrupt'), options.onCorrupt ?? 'fail', ['fail', 'skip']),
    onBig: oneOf(at('onBig'), options.onBig ?? 'fail', ['fail', 'skip']),
    pollIntervalMs: wholeMilliseconds(at('pollIntervalMs'), options.pollIntervalMs ?? 1000, 1),
  };
}

/** The filter, whose failure says whose it is and at which file. */
function guarded(where: string, filter: NonNullable<DirectoryOptions['filter']>): typeof filter {
  return (name, path) => {
    try {
      return filter(name, path);
    } catch (error) {
      throw new StreamError('OPERATOR_FAILED', `${where}: filter threw at ${path}: ${reasonOf(error)}`, {
        cause: error,
        details: { path },
      });
    }
  };
}
