import { type Answer, promised } from '../core/Answer.ts';
import { functionArgument, optionsArgument, refuse, timerMilliseconds } from '../core/arguments.ts';
import type { Milliseconds } from '../core/durations.ts';
import { knownOptions } from '../core/knownOptions.ts';
import type { StopOptions, StreamingContext } from './StreamingContext.ts';

/** A signal that asks a process to end. */
export type ShutdownSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT';

/** Options of {@link stopGracefullyOnShutdown}. */
export interface ShutdownOptions {
  /** The signals that end the process. Default `SIGTERM` and `SIGINT`. */
  readonly signals?: readonly ShutdownSignal[];
  /**
   * Milliseconds within which everything has to settle: less than the patience of whoever sends the signal (30 s in Kubernetes, 10 s
   * in Docker); `Infinity`: however long that takes. Default that of `stop`: ten intervals, at least 10 000.
   */
  readonly deadline?: Milliseconds;
  /**
   * Closes what the process has besides: offset stores, pools, servers. Asked when the contexts have stopped, in time or not. The deadline is not its
   * own: while it takes long only a second signal, or the end of all that keeps the process alive, ends it.
   */
  readonly close?: () => Answer<unknown>;
}

/**
 * Ends the process well when it is told to: at the first signal the contexts stop gracefully: sources take nothing more in, all that was
 * received is processed, outputs are drained, offsets committed, everything closed. A **second signal forces**: what has not settled is
 * abandoned and, where the source can replay it, runs again next time. Spark's `spark.streaming.stopGracefullyOnShutdown`.
 *
 * - In the end the process dies of the signal it was sent, as it would have without this: exit status 143 for `SIGTERM`.
 * - At the deadline what is not settled is left, reported as `STOP_DEADLINE`.
 * - All contexts of a process belong into one call; they stop side by side.
 * - A `close` that fails ends the process with its error as an unhandled rejection.
 * - Answers a function that takes the handlers away again. Handlers do not keep a process alive.
 */
export function stopGracefullyOnShutdown(
  contexts: StreamingContext | readonly StreamingContext[],
  options: ShutdownOptions = {},
): () => void {
  const { all, signals, stop, close } = checked(contexts, options);
  let isStopping = false;

  async function onSignal(signal: NodeJS.Signals): Promise<void> {
    if (!isStopping) {
      isStopping = true;
      await Promise.all(all.map((context) => context.stop(stop)));
      await promised(close);
    }
    remove();
    process.kill(process.pid, signal);
  }

  function remove(): void {
    for (const signal of signals) process.removeListener(signal, onSignal);
  }

  for (const signal of signals) process.on(signal, onSignal);
  return remove;
}

const WHERE = 'stopGracefullyOnShutdown';
const SIGNALS: ReadonlySet<unknown> = new Set<ShutdownSignal>(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

function checked(
  contexts: StreamingContext | readonly StreamingContext[],
  options: ShutdownOptions,
): {
  readonly all: readonly StreamingContext[];
  readonly signals: readonly ShutdownSignal[];
  readonly stop: StopOptions;
  readonly close: () => Answer<unknown>;
} {
  const all = Array.isArray(contexts) ? contexts : [contexts];
  if (all.length === 0 || all.some((one) => typeof one?.stop !== 'function'))
    refuse(`${WHERE}(contexts)`, 'a StreamingContext or an array of them', contexts);
  optionsArgument(`${WHERE}(_, options)`, options, '{ deadline: seconds(20) }');
  knownOptions(`${WHERE}(_, options)`, options, OPTIONS);
  const { signals = ['SIGTERM', 'SIGINT'], deadline, close = () => undefined } = options;
  if (!Array.isArray(signals) || signals.length === 0 || !signals.every((signal) => SIGNALS.has(signal)))
    refuse(`${WHERE}(_, { signals })`, 'an array of SIGTERM, SIGINT, SIGHUP, SIGQUIT', signals);
  functionArgument(`${WHERE}(_, { close })`, close);
  const limit =
    deadline === undefined ? {} : { deadline: timerMilliseconds(`${WHERE}(_, { deadline })`, deadline, true) };
  return { all, signals: [...new Set(signals)], stop: { graceful: true, ...limit }, close };
}

const OPTIONS: Readonly<Record<keyof ShutdownOptions, true>> = {
  signals: true,
  deadline: true,
  close: true,
};
