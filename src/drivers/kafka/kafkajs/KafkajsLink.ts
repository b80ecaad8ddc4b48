import { StreamError } from '../../../core/errors.ts';
import type { WireCall } from '../wire/WireCall.ts';
import { WireReader } from '../wire/WireReader.ts';
import { WireWriter } from '../wire/WireWriter.ts';
import { kafkajsError } from './kafkajsError.ts';
import type { KafkajsBroker, KafkajsConnection, KafkajsRequest } from './kafkajsInternals.ts';
import { readWholeAnswers } from './readWholeAnswers.ts';
import { refuseGarbage } from './refuseGarbage.ts';

const FETCH = 1;

/**
 * One broker's sockets. A socket is opened once however many requests ask for it at the same time (kafkajs itself would
 * open one for each and lose all but the last). A request that gets no answer in time, or whose socket breaks, drops the
 * link for good: whoever needs the broker again makes a new one.
 */
export class KafkajsLink {
  readonly address: string;
  private readonly broker: KafkajsBroker;
  private readonly requestTimeoutMs: number;
  private readonly opening = new Map<number, Promise<unknown>>();
  private readonly waiting = new Set<(error: Error) => void>();
  private lastAuthenticated: Promise<unknown> = Promise.resolve();
  private dropped: Error | undefined;

  /** `makesSockets`: nobody else makes the sockets, so plain ones may be ours. */
  constructor(broker: KafkajsBroker, requestTimeoutMs: number, makesSockets: boolean) {
    const { host, port, pool } = broker.connectionPool;
    this.address = `${host}:${port}`;
    this.broker = broker;
    this.requestTimeoutMs = requestTimeoutMs;
    for (const connection of pool) {
      tame(connection, requestTimeoutMs);
      refuseGarbage(connection);
      if (connection.sasl) reauthenticateLater(connection);
    }
    if (makesSockets) readWholeAnswers(pool[1] as KafkajsConnection);
  }

  get usable(): boolean {
    return this.dropped === undefined;
  }

  /** Whether a socket is open already, so that a request costs no connect. */
  get open(): boolean {
    return this.usable && this.broker.connectionPool.pool.some((connection) => connection.isConnected());
  }

  /** Sends a request, which may take `extraMs` longer than others, and reads its answer. */
  call<Answer>(call: WireCall<Answer>, extraMs = 0, signal?: AbortSignal): Promise<Answer> {
    const what = `${call.name} v${call.version} to Kafka at ${this.address}`;
    return new Promise<Answer>((resolve, reject) => {
      if (this.dropped) return reject(this.dropped);
      const abandon = (): void => settle(() => reject(signal?.reason));
      const settle = (how: () => void): void => {
        this.waiting.delete(fail);
        signal?.removeEventListener('abort', abandon);
        how();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', abandon);
      this.waiting.add(fail);
      this.exchange(call, extraMs)
        .then((payload) => read(call, payload, what))
        .then(
          (answer) => settle(() => resolve(answer)),
          (error: unknown) => {
            const failure = kafkajsError(what, error, this.broker.versions === null);
            fail(failure);
            this.drop(failure);
          },
        );
    });
  }

  /** Closes the sockets at once; requests under way reject with `error`. */
  drop(error: Error): void {
    if (this.dropped) return;
    this.dropped = error;
    for (const fail of [...this.waiting]) fail(error);
    for (const connection of this.broker.connectionPool.pool) {
      connection.requestQueue.rejectAll(error);
      // Resolves without waiting, since no request is left; the peer may never answer an orderly end.
      void connection.disconnect().finally(() => connection.socket?.destroy());
    }
  }

  private async exchange(call: WireCall<unknown>, extraMs: number): Promise<Buffer> {
    const index = call.key === FETCH ? 1 : 0;
    await this.opened(0);
    if (index === 1) await this.opened(1);
    this.checkVersion(call);
    const { connectionPool } = this.broker;
    const request = kafkajsRequest(call, this.requestTimeoutMs + extraMs);
    if (!connectionPool.sasl) return connectionPool.send(request);
    // kafkajs takes whatever arrives while it authenticates anew for the server's answer to that: one at a time, then.
    const sent = this.lastAuthenticated.then(() => connectionPool.send(request));
    this.lastAuthenticated = sent.catch(() => undefined);
    return sent;
  }

  private opened(index: number): Promise<unknown> {
    const { connectionPool } = this.broker;
    const connection = connectionPool.pool[index] as KafkajsConnection;
    const pending = this.opening.get(index);
    if (pending) return pending;
    if (connection.isConnected()) return Promise.resolve();
    const first = index === 0 && this.broker.versions === null;
    const opening = (first ? this.broker.connect() : connectionPool.getConnection(index)).finally(() => {
      this.opening.delete(index);
    });
    this.opening.set(index, opening);
    return opening;
  }

  private checkVersion({ name, key, version }: WireCall<unknown>): void {
    const spoken = this.broker.versions?.[key];
    if (spoken && spoken.minVersion <= version && version <= spoken.maxVersion) return;
    const range = spoken ? `${spoken.minVersion} to ${spoken.maxVersion}` : 'none';
    throw new StreamError(
      'SOURCE_FAILED',
      `Kafka at ${this.address}: expected a broker that speaks ${name} version ${version}, got versions ${range}. ` +
        'Use Apache Kafka 3.1 or newer.',
    );
  }
}

/** Our limit for each request, and no timer for each: kafkajs would arm one, with a negative delay, at every answer. */
function tame(connection: KafkajsConnection, requestTimeoutMs: number): void {
  const { requestQueue } = connection;
  requestQueue.requestTimeout = requestTimeoutMs;
  const schedule = requestQueue.scheduleCheckPendingRequests;
  requestQueue.scheduleCheckPendingRequests = () => {
    if (requestQueue.pending.length > 0) schedule.call(requestQueue);
  };
}

/**
 * kafkajs authenticates anew when no more than 10 seconds, or what the user has said, are left of the time that the broker has given it: with every
 * request, where that time is shorter, which brokers refuse for good. Half of the time is left at most.
 */
function reauthenticateLater(connection: KafkajsConnection): void {
  const wanted = connection.reauthenticationThreshold;
  Object.defineProperty(connection, 'reauthenticationThreshold', {
    get: () => Math.min(wanted, Math.floor(Number(connection.sessionLifetime) / 2) || wanted),
  });
}

function kafkajsRequest(call: WireCall<unknown>, requestTimeout: number): KafkajsRequest {
  return {
    request: {
      apiKey: call.key,
      apiName: call.name,
      apiVersion: call.version,
      encode: () => {
        // kafkajs writes the older request header; with its empty section of tags here it becomes the flexible one.
        const body = new WireWriter().tags();
        call.write(body);
        const buffer = body.written();
        return { buf: buffer, buffer, offset: buffer.length };
      },
    },
    response: {
      // Every answer of ours begins with the header's tags and the time for which the broker asks us to wait.
      decode: async (payload) => ({ payload, clientSideThrottleTime: payload.length < 5 ? 0 : payload.readInt32BE(1) }),
      parse: async ({ payload }) => payload,
    },
    requestTimeout,
    logResponseError: false,
  };
}

function read<Answer>(call: WireCall<Answer>, payload: Buffer, what: string): Answer {
  const reader = new WireReader(payload, what);
  reader.tags();
  return call.read(reader);
}
