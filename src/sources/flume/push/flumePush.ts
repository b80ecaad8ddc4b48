import type { SecureContextOptions } from 'node:tls';
import type { Milliseconds } from '../../../core/durations.ts';
import type { FlumeEvent } from '../../../drivers/flume/events/FlumeEvent.ts';
import { type ReceiverOptions, receiverObservable } from '../../receiver/receiverObservable.ts';
import type { SourceObservable } from '../../Source.ts';
import { FlumePushReceiver } from './FlumePushReceiver.ts';
import { KnownClients } from './KnownClients.ts';
import { pushSettings } from './pushOptions.ts';

/** Options of {@link flumePush}. */
export interface FlumePushOptions extends ReceiverOptions {
  /** Where agents send to: a TCP port; 0 takes a free one. */
  readonly port: number;
  /**
   * The address to listen at. Agents are not authenticated, so the default, `127.0.0.1`, is reached from the same machine alone;
   * `0.0.0.0` from everywhere.
   */
  readonly host?: string;
  /** Peers that may connect: addresses and networks, `['10.0.0.0/8', '192.168.1.7']`. Default: all. */
  readonly allowFrom?: readonly string[];
  /**
   * Key and certificate for agents with `ssl = true`; all others are refused then. Up to TLS 1.2, as Flume 1.9 and earlier cannot do 1.3
   * on Java 11 and later: say `maxVersion: 'TLSv1.3'` where all agents are newer. Default: no TLS, and agents with it are refused.
   */
  readonly tls?: SecureContextOptions;
  /** What agents may say as `compression-type`: `'deflate'` or `'none'` alone, or each what it likes. Default `'any'`. */
  readonly compression?: 'any' | 'deflate' | 'none';
  /** The bytes of a message (a sink's `batch-size` times the size of an event), inflated. A longer one ends the connection. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** The events of a message. More end the connection. Default 1 000 000. */
  readonly maxEventsPerMessage?: number;
  /** The headers of an event. More end the connection. Default 1000. */
  readonly maxHeaders?: number;
  /** Connections at a time. One more ends the one that has been idle for longest, and is refused if none is. Default 256. */
  readonly maxConnections?: number;
  /** Memory for messages on their way in, over all connections. When it is used up connections wait for each other. Default 256 MiB. */
  readonly maxBytesInFlight?: number;
  /** How long a handshake or a message may take from its first byte to its last, in milliseconds. Default 30 000. */
  readonly messageTimeoutMs?: Milliseconds;
  /** How long a connection may be idle before it is closed, in milliseconds; agents connect again when they need to. Default 600 000. */
  readonly idleTimeoutMs?: Milliseconds;
  /** Called in each run when agents can connect, with the address. */
  readonly onListening?: (address: { readonly host: string; readonly port: number }) => void;
  /** Unique among the sources of a context. Default `flume:host:port`. */
  readonly name?: string;
}

/**
 * The events that Flume agents send with their Avro sink, or programs with Flume's RPC client: a server for them, which acknowledges a
 * message when the log has it.
 *
 * ```text
 * agent a   appendBatch [1 2 3]   log   OK   appendBatch [6]  log  OK
 * agent b          appendBatch [4 5]  log  OK
 * records                    1 2 3   4 5                       6
 * ```
 *
 * - **A record** is a {@link FlumeEvent}: `headers`, and the bytes of its `body`. The events of a message stay together and in order.
 * - **While the log is full** a message is answered with FAILED at once, and nothing of it is kept: the sink waits 5 seconds and
 *   sends the same events again. `BLOCK_REFUSED` counts them.
 * - **Deflate and TLS** in either order, as each release of Flume stacks them.
 * - What is no message of Flume's ends its connection, never more.
 *
 * **Errors** `INVALID_ARGUMENT`. `SOURCE_UNAVAILABLE` (retriable): the port is taken. `LOG_OWNED`, `LOG_FAILED`, `LOG_CORRUPT`,
 * `DATA_LOST`: the log; `DATA_CORRUPT`: a stored block. What peers do is reported, never an error: `DATA_CORRUPT`: what came broke the
 * protocol; `PEER_REFUSED`: a connection was ended for another reason; both count connections.
 *
 * **Offsets** None: the agent's channel remembers. At least once from the sink on: when an acknowledgement is lost the events come
 * again, and nothing tells them from new ones. Put an id into a header where that matters.
 *
 * **Holds** The log; in memory `maxBytesInFlight` and one message, and 1 MiB at most for each connection.
 *
 * Spark's `FlumeUtils.createStream`.
 */
export function flumePush(options: FlumePushOptions): SourceObservable<FlumeEvent> {
  const settings = pushSettings(options);
  const clients = new KnownClients();
  return receiverObservable<FlumeEvent>({
    ...options,
    where: 'flumePush',
    name: settings.name,
    makeReceiver: () => new FlumePushReceiver(settings, clients),
  });
}
