import { oneOf, wholeNumber } from '../../core/arguments.ts';
import type { KnownOptions } from '../../core/knownOptions.ts';
import type { SourceObservable } from '../Source.ts';
import { frameCodec } from './BlockCodec.ts';
import { FrameParser } from './FrameParser.ts';
import { socketObservable } from './socketObservable.ts';
import { SOCKET_OPTIONS, type SocketOptions, socketSettings } from './socketOptions.ts';

/** Options of {@link socketFrames}. */
export interface SocketFramesOptions extends SocketOptions {
  /** The most bytes a frame may have, its length not counted. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** What happens at a longer frame or a negative length: connect again, or an error. Both are reported. Default `'reconnect'`. */
  readonly onLongFrame?: 'reconnect' | 'fail';
}

const OPTIONS: KnownOptions<SocketFramesOptions> = { ...SOCKET_OPTIONS, maxFrameBytes: true, onLongFrame: true };

/**
 * The frames that a TCP server sends, each a big-endian 32-bit length and so many bytes, as `Buffer` records. Spark's
 * `rawSocketStream` has this format.
 *
 * ```text
 * peer                          00 00 00 02 61 62   00 00 00 00
 * socketFrames({ port: 9999 })  ----------------a-------------b--   a = <61 62>   b = <>
 * ```
 *
 * - **A record** is a frame's bytes, which are the receiver's own: nothing else is kept in memory with them.
 * - **Cannot be read again** without a `log`, reconnects, completes and bounds memory as `socketText` does. Half a frame at the end of a
 *   connection is left out and reported with its bytes (`RECORDS_DROPPED`).
 * - **Errors**: `DATA_CORRUPT` under `onLongFrame: 'fail'`. Wrong arguments: `INVALID_ARGUMENT`.
 */
export function socketFrames(options: SocketFramesOptions): SourceObservable<Buffer> {
  const common = socketSettings('socketFrames', options, OPTIONS);
  const maxFrameBytes = wholeNumber('socketFrames(maxFrameBytes)', options.maxFrameBytes ?? 16 * 1024 * 1024, 1);
  const onLongFrame = oneOf('socketFrames(onLongFrame)', options.onLongFrame ?? 'reconnect', ['reconnect', 'fail']);
  const settings = {
    ...common,
    framing: () => new FrameParser(maxFrameBytes),
    failsWhenBroken: onLongFrame === 'fail',
    failsWhenInvalid: false,
  };
  return socketObservable('socketFrames', settings, frameCodec, options);
}
