import { receiverObservable } from '../receiver/receiverObservable.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import type { BlockCodec } from './BlockCodec.ts';
import type { SocketSettings } from './SocketFeed.ts';
import { SocketReceiver } from './SocketReceiver.ts';
import { type Parking, SocketSource } from './SocketSource.ts';
import type { SocketOptions } from './socketOptions.ts';

/** @internal A socket as a source: over a log if there is one, else with its records in memory as they are. */
export function socketObservable<T>(
  where: string,
  settings: SocketSettings<T>,
  codec: BlockCodec<T>,
  { log, maxBatchBytes, maxRatePerSecond, onUndecodable }: SocketOptions,
): SourceObservable<T> {
  if (log === undefined) {
    const parking: Parking<T> = {};
    return sourceObservable(() => new SocketSource(settings, parking));
  }
  const { name, onLost } = settings;
  return receiverObservable({
    where,
    name,
    log,
    onLost,
    ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }),
    ...(maxRatePerSecond === undefined ? {} : { maxRatePerSecond }),
    ...(onUndecodable === undefined ? {} : { onUndecodable }),
    makeReceiver: () => new SocketReceiver(settings, codec),
  });
}
