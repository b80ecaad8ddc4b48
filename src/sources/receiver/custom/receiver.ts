import { deserialize, serialize } from 'node:v8';
import {
  functionArgument,
  optionsArgument,
  refuse,
  timerMilliseconds,
  wholeMilliseconds,
  wholeNumber,
} from '../../../core/arguments.ts';
import type { Milliseconds } from '../../../core/durations.ts';
import { knownOptions } from '../../../core/knownOptions.ts';
import type { SourceObservable } from '../../Source.ts';
import { RECEIVER_OPTIONS, type ReceiverOptions, receiverObservable } from '../receiverObservable.ts';
import { CustomReceiver, type CustomSettings } from './CustomReceiver.ts';
import type { ReceiveAnswer, Receiving } from './Receiving.ts';

/** Options of {@link receiver}. */
export interface CustomReceiverOptions<T> extends ReceiverOptions {
  /** Unique among the sources of a context, and the same in every life of the program. */
  readonly name: string;
  /**
   * Receives, and answers a function that stops it; or a promise, which may take as long as receiving does and then means the end. Called
   * again, after a delay, when it fails.
   */
  readonly receive: (receiving: Receiving<T>) => ReceiveAnswer;
  /** Makes the bytes of a block of records; needs `decode`. Default: what `structuredClone` takes, by `node:v8`. */
  readonly encode?: (records: readonly T[]) => Uint8Array;
  /** Makes the records of such a block, each time the same and as many. */
  readonly decode?: (block: Uint8Array) => Iterable<T>;
  /** How long single records that are given to `add` wait for others, in milliseconds. Default 200. */
  readonly blockIntervalMs?: Milliseconds;
  /** Bytes of blocks that wait while the log is full; what comes besides is refused with `BUFFER_FULL`. Default 16 MiB. */
  readonly maxWaitingBytes?: number;
  /** How long to wait before `receive` is called again, in milliseconds; it doubles with each failure in a row. Default 100. */
  readonly firstDelayMs?: Milliseconds;
  /** The longest wait between two calls, in milliseconds. Default 10 000. */
  readonly maxDelayMs?: Milliseconds;
  /**
   * How long the function that stops it may take, in milliseconds, in a graceful stop and before `receive` is called again; it is reported and
   * left then. Once the run is over (it failed, or was stopped without grace) 1000 at most. Default 10 000.
   */
  readonly stopTimeoutMs?: Milliseconds;
}

/**
 * Records from wherever a function gets them, through a log: Spark's custom receivers (`receiverStream`, `Receiver.store`). What has been
 * stored is acknowledged to the outside, and is in a batch, also after a crash if the log is a folder.
 *
 * ```text
 * receive                store([a, b])  store([c])                crash  store([d])
 * log                    ──────────ab────────────c─────────────────╳────────d
 * receiver, 1 s batches  ─────────────────────────(abc)────────────╳(abc)────────(d)    unless (abc) had settled before
 * ```
 *
 * - **Delivery**: each stored record is in exactly one batch, and a batch that has not settled runs again with the same records. A block
 *   that `store` has not answered for may be there or not: an outside that sends it again gives it twice.
 * - **No offsets** to commit: the log is the position.
 * - **Stops**: a graceful stop takes what is stored until the function that `receive` answered has ended (`stopTimeoutMs`, then it is
 *   reported and left). Of a run that is over, and of a call of `receive` that has failed, nothing is taken any more: `SOURCE_FAILED`.
 * - **Restarts** for ever when `receive` fails, after a delay that doubles, and reports it (`RECONNECTING`, `RECONNECTED`).
 * - **Completes** when `receive` says `end()`, or its promise ends with nothing. **Errors** with what is given to `end(error)`; with what
 *   `receive` throws if that is a `StreamError` that a new try cannot mend; `LOG_FAILED`, `LOG_OWNED`, `LOG_CORRUPT` of the log;
 *   `DATA_LOST` (`onLost`), `RECORD_UNDECODABLE` or `DATA_CORRUPT` (`onUndecodable`). Wrong arguments: `INVALID_ARGUMENT`.
 * - **Holds** in memory a batch (`maxBatchBytes`), what waits for room (`maxWaitingBytes`) and the records of a block interval; with
 *   `log: 'memory'` all that has not settled, up to its `maxBytes`.
 */
export function receiver<T>(options: CustomReceiverOptions<T>): SourceObservable<T> {
  optionsArgument('receiver', options, "{ name: 'sensors', log: './log', receive }");
  knownOptions('receiver', options, OPTIONS);
  const { receive, encode, decode } = options;
  functionArgument('receiver(receive)', receive);
  if (encode !== undefined) functionArgument('receiver(encode)', encode);
  if (decode !== undefined) functionArgument('receiver(decode)', decode);
  if ((encode === undefined) !== (decode === undefined)) {
    const [has, lacks] = encode === undefined ? ['decode', 'encode'] : ['encode', 'decode'];
    refuse(`receiver(${lacks})`, `a function, as there is ${has}`, undefined);
  }
  const settings: CustomSettings<T> = {
    name: options.name,
    receive,
    encode: encode ?? serialize,
    decode: decode ?? deserialized,
    blockIntervalMs: wholeMilliseconds('receiver(blockIntervalMs)', options.blockIntervalMs ?? 200, 1),
    maxWaitingBytes: wholeNumber('receiver(maxWaitingBytes)', options.maxWaitingBytes ?? 16 * 1024 * 1024, 1),
    firstDelayMs: wholeMilliseconds('receiver(firstDelayMs)', options.firstDelayMs ?? 100, 1),
    maxDelayMs: wholeMilliseconds('receiver(maxDelayMs)', options.maxDelayMs ?? 10_000, 1),
    stopTimeoutMs: timerMilliseconds('receiver(stopTimeoutMs)', options.stopTimeoutMs ?? 10_000),
  };
  return receiverObservable({
    ...options,
    where: 'receiver',
    makeReceiver: () => new CustomReceiver(settings),
  });
}

function deserialized<T>(block: Uint8Array): Iterable<T> {
  return deserialize(Buffer.from(block.buffer, block.byteOffset, block.byteLength)) as T[];
}

const OPTIONS: Readonly<Record<keyof CustomReceiverOptions<unknown>, true>> = {
  ...RECEIVER_OPTIONS,
  name: true,
  receive: true,
  encode: true,
  decode: true,
  blockIntervalMs: true,
  maxWaitingBytes: true,
  firstDelayMs: true,
  maxDelayMs: true,
  stopTimeoutMs: true,
};
