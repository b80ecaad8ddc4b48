import type { Socket } from 'node:net';
import type { Kafka } from 'kafkajs';
import { StreamError } from '../../../core/errors.ts';

/*
 * The parts of kafkajs 2.2 that are not in its typings and that this driver stands on. Nothing is imported from inside
 * kafkajs: all of it is reached from the cluster object that the public partition-assigner hook hands out, and probed
 * before it is used. kafkajs has been frozen since 2023; a fork that differs fails at connect, with the missing name.
 */

/** A request as kafkajs's connections carry it. */
export interface KafkajsRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiName: string;
    readonly apiVersion: number;
    encode(): { readonly buf: Buffer; readonly buffer: Buffer; readonly offset: number };
  };
  readonly response: {
    decode(payload: Buffer): Promise<{ readonly payload: Buffer; readonly clientSideThrottleTime: number }>;
    parse(decoded: { readonly payload: Buffer }): Promise<Buffer>;
  };
  readonly requestTimeout: number;
  readonly logResponseError: false;
}

/** Makes a socket that is connecting. */
export type SocketFactory = (to: {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly onConnect: () => void;
}) => Socket;

/** One socket of a broker. */
export interface KafkajsConnection {
  isConnected(): boolean;
  disconnect(): Promise<unknown>;
  readonly socket?: { destroy(error?: Error): unknown };
  readonly ssl?: unknown;
  readonly sasl?: unknown;
  /** Milliseconds before the end of its time at which a connection is authenticated anew. */
  readonly reauthenticationThreshold: number;
  /** The time that the broker has given it, in milliseconds, as an object with digits for a text; 0: for ever. */
  readonly sessionLifetime: unknown;
  socketFactory: SocketFactory;
  /** Takes what has come on the socket. */
  processData(bytes: Buffer): void;
  readonly requestQueue: {
    requestTimeout: number;
    readonly pending: readonly unknown[];
    rejectAll(error: Error): void;
    scheduleCheckPendingRequests(): void;
    fulfillRequest(answer: { readonly correlationId: number; readonly payload: Buffer; readonly size: number }): void;
  };
}

/** The two sockets of a broker: the second carries its fetches. */
export interface KafkajsConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly sasl?: unknown;
  readonly pool: readonly KafkajsConnection[];
  getConnection(index: number): Promise<KafkajsConnection>;
  send(request: KafkajsRequest): Promise<Buffer>;
}

/** A broker: knows which versions it speaks after `connect`. */
export interface KafkajsBroker {
  readonly connectionPool: KafkajsConnectionPool;
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  connect(): Promise<void>;
}

/** Makes brokers, connected by nobody yet. */
export interface KafkajsCluster {
  /** A broker at an address; without one at the next of the configured addresses, in turn. */
  broker(address?: { readonly host: string; readonly port: number }): Promise<KafkajsBroker>;
}

interface CapturedCluster {
  readonly rootLogger: unknown;
  readonly brokerPool: {
    readonly connectionPoolBuilder: {
      build(address?: { readonly host: string; readonly port: number }): Promise<KafkajsConnectionPool>;
    };
    createBroker(options: { readonly connectionPool: KafkajsConnectionPool; readonly logger: unknown }): KafkajsBroker;
  };
}

/**
 * The cluster behind a `Kafka` object. kafkajs hands it to each partition assigner while a consumer is being made; that
 * consumer is never connected, so no group is joined and nothing of the user's object changes.
 */
export function captureCluster(kafka: Kafka): KafkajsCluster {
  let captured: CapturedCluster | undefined;
  kafka.consumer({
    groupId: 'rx-dstream',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        captured = cluster as unknown as CapturedCluster;
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: NOTHING }),
        };
      },
    ],
  });
  probe('a cluster in the partition assigner', captured !== undefined);
  const { brokerPool, rootLogger } = captured as CapturedCluster;
  probe('cluster.brokerPool.createBroker', typeof brokerPool?.createBroker === 'function');
  probe('cluster.brokerPool.connectionPoolBuilder', typeof brokerPool.connectionPoolBuilder?.build === 'function');
  return {
    broker: async (address) => {
      const connectionPool = await brokerPool.connectionPoolBuilder.build(address);
      probeConnections(connectionPool);
      return brokerPool.createBroker({ connectionPool, logger: rootLogger });
    },
  };
}

const NOTHING = Buffer.alloc(0);

function probeConnections(pool: KafkajsConnectionPool): void {
  probe('connectionPool.send', typeof pool.send === 'function' && typeof pool.getConnection === 'function');
  probe('two connections for a broker', Array.isArray(pool.pool) && pool.pool.length === 2);
  for (const { requestQueue, isConnected, socketFactory, processData, reauthenticationThreshold } of pool.pool) {
    probe('connection.isConnected', typeof isConnected === 'function');
    probe('connection.reauthenticationThreshold', typeof reauthenticationThreshold === 'number');
    probe('connection.socketFactory', typeof socketFactory === 'function');
    probe('connection.processData', typeof processData === 'function');
    probe('connection.requestQueue.requestTimeout', typeof requestQueue?.requestTimeout === 'number');
    probe('connection.requestQueue.rejectAll', typeof requestQueue.rejectAll === 'function');
    probe('connection.requestQueue.fulfillRequest', typeof requestQueue.fulfillRequest === 'function');
    probe('connection.requestQueue.pending', Array.isArray(requestQueue.pending));
  }
}

function probe(what: string, present: boolean): void {
  if (present) return;
  throw new StreamError(
    'SOURCE_FAILED',
    `kafkajs: expected ${what}, which kafkajs 2.2.4 has, and this one has not. ` +
      'Install kafkajs@2.2.4, or give a KafkaDriver of your own.',
  );
}
