import { oneOf, refuse, textArgument, wholeMilliseconds, wholeNumber } from '../../core/arguments.ts';
import type { Milliseconds } from '../../core/durations.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { OnUndecodable } from '../receiver/BlockRun.ts';
import type { ReceiverLog } from '../receiver/receiverLog.ts';
import type { SocketSettings } from './SocketFeed.ts';

/** Options of `socketText` and `socketFrames`. */
export interface SocketOptions {
  /** Where the peer listens: a TCP port. */
  readonly port: number;
  /** Its name or address. Default `localhost`. */
  readonly host?: string;
  /** How long to wait before the first new try, in milliseconds; it doubles with each failure in a row. Default 100. */
  readonly firstDelayMs?: Milliseconds;
  /** The longest wait between two tries, in milliseconds. Default 10 000. */
  readonly maxDelayMs?: Milliseconds;
  /** How long a try may take, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: Milliseconds;
  /**
   * Where records are kept until their batch has settled: a folder, which makes the source one that can be read again after a crash, or
   * its settings. While the log is full nothing is read, and TCP holds the peer up. Default: in memory, as they are.
   */
  readonly log?: ReceiverLog;
  /** With a `log`: bytes of stored records that one batch takes in, a chunk at least. Default 64 MiB. */
  readonly maxBatchBytes?: number;
  /** With a `log`: records per second that batches take in. Default `Infinity`. */
  readonly maxRatePerSecond?: number;
  /**
   * With a `log`: a block in it that cannot be decoded, as another version wrote it. An error; left out and reported; or handed to a function,
   * and left out. Default `'fail'`.
   */
  readonly onUndecodable?: OnUndecodable;
  /**
   * Memory for records that have not settled, with a `log` for those that are not in it yet: their bytes and 48 for each. While there is
   * more nothing is read, and TCP holds the peer up. Default 64 MiB.
   */
  readonly maxBufferedBytes?: number;
  /** The peer ends the stream: connect again, or complete. Default `'reconnect'`. */
  readonly onEnd?: 'reconnect' | 'complete';
  /**
   * A batch that had not settled when the process before died has to run again under a durable checkpoint, and its records are gone:
   * an error, or run it without them, reported. Default `'fail'`.
   */
  readonly onLost?: 'fail' | 'skip';
  /** Unique among the sources of a context. Default `socket:host:port`. */
  readonly name?: string;
}

export const SOCKET_OPTIONS: KnownOptions<SocketOptions> = {
  port: true,
  host: true,
  firstDelayMs: true,
  maxDelayMs: true,
  connectTimeoutMs: true,
  log: true,
  maxBatchBytes: true,
  maxRatePerSecond: true,
  onUndecodable: true,
  maxBufferedBytes: true,
  onEnd: true,
  onLost: true,
  name: true,
};

/** @internal Checks what both sources have in common; `known` are the options of the one. */
export function socketSettings<O extends SocketOptions>(
  where: string,
  options: O,
  known: KnownOptions<O>,
): Omit<SocketSettings<never>, 'framing' | 'failsWhenBroken' | 'failsWhenInvalid'> {
  knownOptions(where, options, known);
  for (const option of ['maxBatchBytes', 'maxRatePerSecond', 'onUndecodable'] as const) {
    if (options[option] === undefined || options.log !== undefined) continue;
    const advice = option === 'onUndecodable' ? undefined : 'Without one, limit the context: backpressure.';
    refuse(`${where}(${option})`, 'a log as well', options[option], advice);
  }
  const host = textArgument(`${where}(host)`, options.host ?? 'localhost');
  const port = wholeNumber(`${where}(port)`, options.port, 1);
  if (port > 65_535) refuse(`${where}(port)`, 'a TCP port from 1 to 65535', port);
  return {
    name: textArgument(`${where}(name)`, options.name ?? `socket:${host}:${port}`),
    host,
    port,
    onEnd: oneOf(`${where}(onEnd)`, options.onEnd ?? 'reconnect', ['reconnect', 'complete']),
    onLost: oneOf(`${where}(onLost)`, options.onLost ?? 'fail', ['fail', 'skip']),
    connectTimeoutMs: wholeMilliseconds(`${where}(connectTimeoutMs)`, options.connectTimeoutMs ?? 10_000, 1),
    firstDelayMs: wholeMilliseconds(`${where}(firstDelayMs)`, options.firstDelayMs ?? 100, 1),
    maxDelayMs: wholeMilliseconds(`${where}(maxDelayMs)`, options.maxDelayMs ?? 10_000, 1),
    maxBufferedBytes: wholeNumber(`${where}(maxBufferedBytes)`, options.maxBufferedBytes ?? 64 * 1024 * 1024, 1),
  };
}
