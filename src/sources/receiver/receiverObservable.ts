import { oneOf, positiveNumber, refuse, textArgument, wholeNumber } from '../../core/arguments.ts';
import type { KnownOptions } from '../../core/knownOptions.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import type { OnUndecodable } from './BlockRun.ts';
import { LogPlace } from './LogPlace.ts';
import type { Receiver } from './Receiver.ts';
import type { ReceiverSettings } from './ReceiverSession.ts';
import { ReceiverSource } from './ReceiverSource.ts';
import { type ReceiverLog, receiverLog } from './receiverLog.ts';

/** What every receiver can be told. */
export interface ReceiverOptions {
  /**
   * Where blocks are put before they are acknowledged: a folder, which makes the source one that can be read again after a crash;
   * the same with settings; or `'memory'`, where what was acknowledged and had not settled is lost with the process.
   */
  readonly log: ReceiverLog;
  /** Bytes of stored blocks that one batch takes in; a block is read whole. Default 64 MiB. */
  readonly maxBatchBytes?: number;
  /** Records per second that batches take in. Default `Infinity`. */
  readonly maxRatePerSecond?: number;
  /**
   * A block that cannot be decoded: an error; left out and reported with the number of its records; or handed to a function, which
   * may keep it elsewhere, and left out. Default `'fail'`.
   */
  readonly onUndecodable?: OnUndecodable;
  /**
   * Records that a batch is to have, or that come next, are gone with their log: an error, or going on without them, reported.
   * Default `'fail'`.
   */
  readonly onLost?: 'fail' | 'skip';
}

/** Their names; every receiver has more. */
export const RECEIVER_OPTIONS: KnownOptions<ReceiverOptions> = {
  log: true,
  maxBatchBytes: true,
  maxRatePerSecond: true,
  onUndecodable: true,
  onLost: true,
};

/** What a receiver is made of. */
export interface ReceiverParts<T> extends ReceiverOptions {
  /** The function that the user has called, for messages. */
  readonly where: string;
  readonly name: string;
  /** A receiver for one run. */
  readonly makeReceiver: () => Receiver<T>;
}

/** @internal A receiver as a source: checks the options that all have in common. */
export function receiverObservable<T>(parts: ReceiverParts<T>): SourceObservable<T> {
  const { where, makeReceiver, onUndecodable = 'fail' } = parts;
  const name = textArgument(`${where}(name)`, parts.name);
  if (typeof onUndecodable !== 'function' && onUndecodable !== 'fail' && onUndecodable !== 'skip') {
    refuse(`${where}(onUndecodable)`, "'fail', 'skip' or a function", onUndecodable);
  }
  const onLost = oneOf(`${where}(onLost)`, parts.onLost ?? 'fail', ['fail', 'skip']);
  const settings: ReceiverSettings<T> = {
    name,
    makeReceiver,
    maxBatchBytes: wholeNumber(`${where}(maxBatchBytes)`, parts.maxBatchBytes ?? 64 * 1024 * 1024, 1),
    maxRatePerSecond: positiveNumber(`${where}(maxRatePerSecond)`, parts.maxRatePerSecond ?? Number.POSITIVE_INFINITY),
    onUndecodable,
    onLost,
  };
  const log = receiverLog(`${where}(log)`, name, parts.log);
  const place = new LogPlace(log.make);
  return sourceObservable(() => new ReceiverSource(settings, place, log.durable));
}
