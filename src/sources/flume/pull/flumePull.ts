import { optionsArgument, wholeNumber } from '../../../core/arguments.ts';
import type { Milliseconds } from '../../../core/durations.ts';
import { knownOptions } from '../../../core/knownOptions.ts';
import type { FlumeEvent } from '../../../drivers/flume/events/FlumeEvent.ts';
import { RECEIVER_OPTIONS, type ReceiverOptions, receiverObservable } from '../../receiver/receiverObservable.ts';
import type { SourceObservable } from '../../Source.ts';
import { Agent } from './Agent.ts';
import { PullReceiver } from './PullReceiver.ts';
import { agentAddresses, pullSettings } from './pullOptions.ts';

/** Options of {@link flumePull}. */
export interface FlumePullOptions extends ReceiverOptions {
  /** Where the agents' SparkSinks listen; each once. */
  readonly agents: readonly { readonly host: string; readonly port: number }[];
  /**
   * How many batches of one agent are under way at a time, each on a connection of its own. More than twice the cores of the agent's machine
   * stand in each other's way. Default 1.
   */
  readonly connectionsPerAgent?: number;
  /** Events asked for at once, at most 1 000 000. No more than the `transactionCapacity` of the agent's channel. Default 1000. */
  readonly maxEventsPerBatch?: number;
  /** The bytes of one answer; a longer one ends the connection. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** The headers of one event; more end the connection. Default 1000. */
  readonly maxHeaders?: number;
  /** How long a connection may take to come about, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: Milliseconds;
  /** How long a handshake and the answer to an acknowledgement may take, in milliseconds. Default 10 000. */
  readonly replyTimeoutMs?: Milliseconds;
  /**
   * How long a batch may take to come, in milliseconds, before its connection is given up and made again. An agent without events
   * does not answer at all, so the default is `Infinity`; an agent that is gone without a word is found out by TCP.
   */
  readonly batchTimeoutMs?: Milliseconds;
  /**
   * The longest wait before the first new try after a failure, in milliseconds; it doubles with each failure in a row, and is
   * shortened by chance to no less than half. Default 500.
   */
  readonly firstDelayMs?: Milliseconds;
  /** The longest wait between two tries, in milliseconds. Default 5000. */
  readonly maxDelayMs?: Milliseconds;
  /** The `timeout` of the sinks, in milliseconds here: how long they wait for an acknowledgement before the events come again. Default 60 000. */
  readonly sinkTimeoutMs?: Milliseconds;
  /** How long a graceful stop waits for batches that were asked for and have not come, in milliseconds. Default 1000. */
  readonly drainMs?: Milliseconds;
  /** Unique among the sources of a context. Default `flume:` and the agents: `flume:a:9999,b:9999`. */
  readonly name?: string;
}

/**
 * The events of Flume agents, fetched from the SparkSink in each of them: a batch is acknowledged when the log has it.
 *
 * ```text
 * agent a   ask  [1 2 3]   log   ack  ask       [4 5]  log  ack
 * agent b   ask       [6]  log   ack  ask
 * records            1 2 3   6                         4 5
 * ```
 *
 * - On each connection one thing at a time: ask for a batch, store it, acknowledge it, ask again. It is not asked while the log is full.
 *   What cannot be stored is given back, and comes again.
 * - The order of one connection's batches is kept. Batches that come again, and those of several connections, come as they come.
 * - A connection that breaks is made again. The sink speaks no TLS.
 *
 * **Errors** `INVALID_ARGUMENT`. `BUFFER_FULL`: one event is larger than the log or one of its blocks may be. `LOG_OWNED`, `LOG_FAILED`, `LOG_CORRUPT`,
 * `DATA_LOST`: the log; `DATA_CORRUPT`: a stored block. What agents do is reported, never an error: `RECONNECTING`, `RECONNECTED`;
 * `SOURCE_UNAVAILABLE`: the sink could not give events; `BLOCK_REFUSED`: the log was full; `LOG_SLOW`: an acknowledgement came too late.
 *
 * **Offsets** None: the agent's channel remembers. At least once from its sink on: events come again after a lost acknowledgement, and
 * nothing tells them from new ones. Put an id into a header where that matters.
 *
 * **Holds** The log; in memory one batch for each connection, `maxMessageBytes` at most.
 *
 * Spark's `FlumeUtils.createPollingStream`.
 */
export function flumePull(options: FlumePullOptions): SourceObservable<FlumeEvent> {
  optionsArgument('flumePull', options, "{ agents: [{ host: 'localhost', port: 9999 }], log: './log' }");
  knownOptions('flumePull', options, OPTIONS);
  const addresses = agentAddresses(options.agents);
  const settings = pullSettings(options);
  const connections = wholeNumber('flumePull(connectionsPerAgent)', options.connectionsPerAgent ?? 1, 1);
  const agents = addresses.map((address) => new Agent(address, settings.maxEventsPerBatch));
  return receiverObservable<FlumeEvent>({
    ...options,
    where: 'flumePull',
    name: options.name ?? `flume:${agents.map(({ name }) => name).join()}`,
    makeReceiver: () => new PullReceiver(settings, agents, connections),
  });
}

const OPTIONS: Readonly<Record<keyof FlumePullOptions, true>> = {
  ...RECEIVER_OPTIONS,
  agents: true,
  connectionsPerAgent: true,
  maxEventsPerBatch: true,
  maxMessageBytes: true,
  maxHeaders: true,
  connectTimeoutMs: true,
  replyTimeoutMs: true,
  batchTimeoutMs: true,
  firstDelayMs: true,
  maxDelayMs: true,
  sinkTimeoutMs: true,
  drainMs: true,
  name: true,
};
