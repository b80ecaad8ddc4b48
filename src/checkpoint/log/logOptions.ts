import { oneOf, refuse, wholeNumber } from '../../core/arguments.ts';
import type { KnownOptions } from '../../core/knownOptions.ts';
import type { LoggedCheckpointOptions } from './loggedCheckpoint.ts';

export const LOG_OPTIONS: KnownOptions<LoggedCheckpointOptions> = {
  compactAfterBytes: true,
  onUnreadable: true,
  startFrom: true,
};

/** Of the options of a store those of its log, checked where they are written; `store` is its name. */
export function logOptions(store: string, options: LoggedCheckpointOptions): LoggedCheckpointOptions {
  const { compactAfterBytes, startFrom } = options;
  if (compactAfterBytes !== undefined) wholeNumber(`${store}(compactAfterBytes)`, compactAfterBytes, 1);
  const onUnreadable = oneOf(`${store}(onUnreadable)`, options.onUnreadable ?? 'fail', ['fail', 'setAside']);
  if (startFrom !== undefined && typeof startFrom?.inspect !== 'function') {
    refuse(`${store}(startFrom)`, 'a savepoint, as savepointOf(store, name) gives it', startFrom);
  }
  return {
    onUnreadable,
    ...(startFrom === undefined ? {} : { startFrom }),
    ...(compactAfterBytes === undefined ? {} : { compactAfterBytes }),
  };
}
