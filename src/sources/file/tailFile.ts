import { oneOf, refuse, textArgument, wholeMilliseconds, wholeNumber } from '../../core/arguments.ts';
import type { Milliseconds } from '../../core/durations.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { OffsetStore } from '../../offsets/OffsetStore.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { decodingOf } from '../text/decoding.ts';
import { type TailFileSettings, TailFileSource } from './TailFileSource.ts';

/** Options of {@link tailFile}. */
export interface TailFileOptions {
  /** Where to go on after a restart: give the same store to `commitOffsets`. Default: none, only a checkpoint knows. */
  readonly offsets?: OffsetStore;
  /** Where to start when neither checkpoint nor store knows: `'end'` takes what is added from now on. Default `'beginning'`. */
  readonly from?: 'beginning' | 'end';
  /** Character set: `utf8`, `latin1`, or one that `TextDecoder` knows and whose newline is one byte. Default `utf8`. */
  readonly encoding?: string;
  /** The most bytes a line may have, its end not counted. Default 1 MiB. */
  readonly maxLineBytes?: number;
  /** What happens to a longer line: an error, left out, or cut to `maxLineBytes`. The last two are reported. Default `'fail'`. */
  readonly onLongLine?: 'fail' | 'skip' | 'truncate';
  /** A line that is not valid text: U+FFFD for what cannot be read, reported; or an error. Default `'replace'`. */
  readonly onInvalid?: 'replace' | 'fail';
  /** Bytes one batch takes in, and so what it loads into memory. Default 16 MiB. */
  readonly maxBytesPerBatch?: number;
  /** How often to look for growth and rotation between batches, in milliseconds. Default 250. */
  readonly pollIntervalMs?: Milliseconds;
  /** How long a file that was renamed has to be still before the next one is read, in milliseconds. Default 1000. */
  readonly rotationWaitMs?: Milliseconds;
  /** No file at the start: wait for it, or an error. Default `'wait'`. */
  readonly onMissing?: 'wait' | 'fail';
  /** The file was truncated, or is gone, before it was read to its end: an error, or start at the first byte of what is there. Default `'fail'`. */
  readonly onLost?: 'fail' | 'restart';
  /** The topic of its offsets. Default: the path as it is written. */
  readonly topic?: string;
  /** Unique among the sources of a context. Default `file:` and the topic. */
  readonly name?: string;
}

const OPTIONS: KnownOptions<TailFileOptions> = {
  offsets: true,
  from: true,
  encoding: true,
  maxLineBytes: true,
  onLongLine: true,
  onInvalid: true,
  maxBytesPerBatch: true,
  pollIntervalMs: true,
  rotationWaitMs: true,
  onMissing: true,
  onLost: true,
  topic: true,
  name: true,
};

const ON_LONG_LINE = ['fail', 'skip', 'truncate'] as const;

/**
 * The lines of a growing file, as a source that can be read again: `tail -F` that never forgets where it was.
 *
 * ```text
 * file                 to be or⏎ not⏎ to b      e⏎
 * tailFile(path)       --a------b--------------c--     a = "to be or"   b = "not"   c = "to be"
 * ```
 *
 * - **A record** is a line without its `\n` or `\r\n`. A line without its end waits for it. A byte order mark is left out.
 * - **Positions** are bytes. A partition is one generation of the file, numbered by its inode and first line, so a position
 *   is never taken for one of another file. A restart goes on at the next byte and says so (`RESUMED`).
 * - **Rotation** by renaming: the old file is read to its end, under whatever name, then the new one. Truncation: an error,
 *   or reported (`onLost`).
 * - **Completes** never. **Errors** with `SOURCE_FAILED` (unreadable), `DATA_LOST` (truncated, deleted), `DATA_CORRUPT` (line too
 *   long), `RECORD_UNDECODABLE` (invalid text), the last three as the options say. Wrong arguments: `INVALID_ARGUMENT`.
 * - **Memory**: `maxBytesPerBatch`. A line of 13 characters or more may keep up to 64 KiB of its neighbours in memory for as
 *   long as it is kept itself; copy what outlives the batch: `Buffer.from(line).toString()`.
 */
export function tailFile(path: string, options: TailFileOptions = {}): SourceObservable<string> {
  const settings = settingsOf(textArgument('tailFile(path)', path), options);
  return sourceObservable(() => new TailFileSource(settings));
}

function settingsOf(path: string, options: TailFileOptions): TailFileSettings {
  knownOptions('tailFile', options, OPTIONS);
  const encoding = options.encoding ?? 'utf8';
  const topic = textArgument('tailFile(topic)', options.topic ?? path);
  const maxLineBytes = wholeNumber('tailFile(maxLineBytes)', options.maxLineBytes ?? 1024 * 1024, 1);
  const maxBytesPerBatch = wholeNumber('tailFile(maxBytesPerBatch)', options.maxBytesPerBatch ?? 16 * 1024 * 1024, 1);
  if (maxBytesPerBatch < maxLineBytes + 2) {
    refuse(
      'tailFile(maxBytesPerBatch)',
      `at least maxLineBytes and a line end (${maxLineBytes + 2})`,
      maxBytesPerBatch,
      'For smaller batches lower maxLineBytes too.',
    );
  }
  if (options.offsets !== undefined && typeof options.offsets?.load !== 'function') {
    refuse('tailFile(offsets)', 'an offset store, as fileOffsets({ path })', options.offsets);
  }
  return {
    path,
    topic,
    name: textArgument('tailFile(name)', options.name ?? `file:${topic}`),
    offsets: options.offsets,
    from: oneOf('tailFile(from)', options.from ?? 'beginning', ['beginning', 'end']),
    decoding: decodingOf('tailFile(encoding)', encoding),
    skipsByteOrderMark: /^utf-?8$/i.test(encoding),
    maxLineBytes,
    maxBytesPerBatch,
    onLongLine: oneOf('tailFile(onLongLine)', options.onLongLine ?? 'fail', ON_LONG_LINE),
    onInvalid: oneOf('tailFile(onInvalid)', options.onInvalid ?? 'replace', ['replace', 'fail']),
    onMissing: oneOf('tailFile(onMissing)', options.onMissing ?? 'wait', ['wait', 'fail']),
    onLost: oneOf('tailFile(onLost)', options.onLost ?? 'fail', ['fail', 'restart']),
    pollIntervalMs: wholeMilliseconds('tailFile(pollIntervalMs)', options.pollIntervalMs ?? 250, 1),
    rotationWaitMs: wholeMilliseconds('tailFile(rotationWaitMs)', options.rotationWaitMs ?? 1000, 0),
  };
}
