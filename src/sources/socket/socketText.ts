import { oneOf, refuse, wholeNumber } from '../../core/arguments.ts';
import type { KnownOptions } from '../../core/knownOptions.ts';
import type { SourceObservable } from '../Source.ts';
import { decodingOf } from '../text/decoding.ts';
import { ANY_NEWLINE, endingWith } from '../text/lineEnds.ts';
import type { LineRules } from '../text/visitLines.ts';
import { lineCodec } from './BlockCodec.ts';
import { LineSplitter } from './LineSplitter.ts';
import { socketObservable } from './socketObservable.ts';
import { SOCKET_OPTIONS, type SocketOptions, socketSettings } from './socketOptions.ts';

/** Options of {@link socketText}. */
export interface SocketTextOptions extends SocketOptions {
  /** `utf8`, `latin1`, or one that `TextDecoder` knows and whose newline is one byte. Default `utf8`. */
  readonly charset?: string;
  /** The one ASCII character that ends a line. Default: `\n`, `\r\n` or `\r`. */
  readonly delimiter?: string;
  /** The most bytes a line may have, its end not counted. Default 1 MiB. */
  readonly maxLineBytes?: number;
  /** What happens at a longer line: connect again, leave it out, cut it short, or an error. All are reported. Default `'reconnect'`. */
  readonly onLongLine?: 'reconnect' | 'skip' | 'truncate' | 'fail';
  /** A line that is not valid text: U+FFFD for what cannot be read, reported; or an error. Default `'replace'`. */
  readonly onInvalid?: 'replace' | 'fail';
}

const OPTIONS: KnownOptions<SocketTextOptions> = {
  ...SOCKET_OPTIONS,
  charset: true,
  delimiter: true,
  maxLineBytes: true,
  onLongLine: true,
  onInvalid: true,
};

const ON_LONG_LINE = ['reconnect', 'skip', 'truncate', 'fail'] as const;

const LONG_LINE = { reconnect: 'stop', skip: 'skip', truncate: 'truncate', fail: 'stop' } as const;

/**
 * The lines that a TCP server sends, as Spark's `socketTextStream`: what `nc -lk 9999` is to be read with.
 *
 * ```text
 * peer                         to be⏎or  ╳        not⏎
 * socketText({ port: 9999 })   --a---------~~~~----b---   a = "to be"   b = "not"   ╳ = connection lost, "or" reported
 * ```
 *
 * - **A record** is a line without its end. When the peer ends the stream in good order its last line needs no end.
 * - **Cannot be read again** without a `log`: at most once across processes. Within one, what has not settled is kept, so a
 *   retry repeats exactly the unsettled batches. With one, what is in it survives a crash; what was on its way from the peer does not.
 *   There are no offsets to commit.
 * - **Reconnects** for ever, after a delay that doubles, and reports it (`RECONNECTING`, `RECONNECTED`).
 * - **Completes** never, unless `onEnd: 'complete'`. **Errors** only where the options say `'fail'`: `DATA_CORRUPT`,
 *   `RECORD_UNDECODABLE`. Wrong arguments: `INVALID_ARGUMENT`.
 * - **Memory**: `maxBufferedBytes`, and a line and a chunk more; then TCP holds the peer up. A line of 13 characters or more
 *   may keep up to 64 KiB of its neighbours in memory for as long as it is kept itself; copy what outlives the batch:
 *   `Buffer.from(line).toString()`.
 */
export function socketText(options: SocketTextOptions): SourceObservable<string> {
  const common = socketSettings('socketText', options, OPTIONS);
  const onLongLine = oneOf('socketText(onLongLine)', options.onLongLine ?? 'reconnect', ON_LONG_LINE);
  const onInvalid = oneOf('socketText(onInvalid)', options.onInvalid ?? 'replace', ['replace', 'fail']);
  const rules: LineRules = {
    ends: lineEnds(options.delimiter),
    decoding: decodingOf('socketText(charset)', options.charset ?? 'utf8'),
    maxLineBytes: wholeNumber('socketText(maxLineBytes)', options.maxLineBytes ?? 1024 * 1024, 1),
    longLine: LONG_LINE[onLongLine],
  };
  const settings = {
    ...common,
    framing: () => new LineSplitter(rules),
    failsWhenBroken: onLongLine === 'fail',
    failsWhenInvalid: onInvalid === 'fail',
  };
  return socketObservable('socketText', settings, lineCodec, options);
}

function lineEnds(delimiter: string | undefined): LineRules['ends'] {
  if (delimiter === undefined) return ANY_NEWLINE;
  if (typeof delimiter !== 'string' || delimiter.length !== 1 || delimiter.charCodeAt(0) > 127) {
    refuse('socketText(delimiter)', 'one ASCII character', delimiter);
  }
  return endingWith(delimiter);
}
