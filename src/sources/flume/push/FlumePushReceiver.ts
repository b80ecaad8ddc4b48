import { createServer, type Server, type Socket } from 'node:net';
import type { Subscription } from 'rxjs';
import { StreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import { visitEvents } from '../../../drivers/flume/events/eventBlock.ts';
import type { FlumeEvent } from '../../../drivers/flume/events/FlumeEvent.ts';
import type { Receiver, ReceiverHost } from '../../receiver/Receiver.ts';
import type { RecordRun } from '../../Source.ts';
import { InFlight } from './InFlight.ts';
import type { KnownClients } from './KnownClients.ts';
import { PushCalls } from './PushCalls.ts';
import { PushConnection } from './PushConnection.ts';
import type { PushSettings } from './pushOptions.ts';
import { Refusals } from './Refusals.ts';
import { StoreTurns } from './StoreTurns.ts';

/** How long a connection may take to close after the last reply. */
const LINGER_MS = 1000;
/** What waits for the disk at a time; a log lets more wait before it refuses. */
const MAX_STORING_BYTES = 32 * 1024 * 1024;

/** The Avro server of `flumePush`, for one run. */
export class FlumePushReceiver implements Receiver<FlumeEvent> {
  readonly #settings: PushSettings;
  readonly #clients: KnownClients;
  readonly #connections = new Set<PushConnection>();
  readonly #inFlight: InFlight;
  readonly #turns = new StoreTurns(MAX_STORING_BYTES);
  #server: Server | undefined;
  #sweep: Subscription | undefined;

  constructor(settings: PushSettings, clients: KnownClients) {
    this.#settings = settings;
    this.#clients = clients;
    this.#inFlight = new InFlight(settings.maxBytesInFlight);
  }

  start(host: ReceiverHost): Promise<void> {
    const { port, host: address, onListening, sweepMs } = this.#settings;
    const refusals = new Refusals(host);
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, host, refusals));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(this.#cannotListen(error)));
      server.listen(port, address, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => host.report('SOURCE_UNAVAILABLE', `cannot accept: ${reasonOf(error)}.`));
        const sweep = (): void => {
          this.#look(host.scheduler.now());
          refusals.flush();
          this.#sweep = host.scheduler.schedule(sweep, sweepMs);
        };
        this.#sweep = host.scheduler.schedule(sweep, sweepMs);
        const bound = server.address();
        if (typeof bound === 'object' && bound !== null) onListening?.({ host: bound.address, port: bound.port });
        resolve();
      });
    });
  }

  /** The sweep goes on until all are gone: it ends those that do not go by themselves. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server?.listening === true) {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of this.#connections) connection.drain();
      await closed;
    }
    this.#sweep?.unsubscribe();
  }

  decode(block: Uint8Array): RecordRun<FlumeEvent> {
    const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    return { run: (visit) => visitEvents(bytes, visit) };
  }

  #accept(socket: Socket, host: ReceiverHost, refusals: Refusals): void {
    const { allows, maxConnections, limits, layers } = this.#settings;
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    const refuse = (reason: string): void => {
      refusals.tell(`${peer}: ${reason}`, false);
      socket.destroy();
    };
    if (!allows(socket.remoteAddress)) return refuse('its address is not in allowFrom');
    if (this.#connections.size >= maxConnections && !this.#freeOne()) {
      return refuse(`there are ${maxConnections} connections already, and none is idle`);
    }
    const connection = new PushConnection(socket, {
      limits,
      layers,
      calls: new PushCalls(host, limits, this.#clients, this.#turns),
      inFlight: this.#inFlight,
      now: () => host.scheduler.now(),
      refused: (reason, isMalformed) => refusals.tell(reason, isMalformed),
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** Ends what has been idle for longest: agents connect again without a word when they need to. */
  #freeOne(): boolean {
    let oldest: PushConnection | undefined;
    for (const connection of this.#connections) {
      if (connection.state === 'idle' && (oldest === undefined || connection.since < oldest.since)) oldest = connection;
    }
    if (oldest === undefined) return false;
    this.#connections.delete(oldest);
    oldest.destroy();
    return true;
  }

  #look(now: number): void {
    const { messageTimeoutMs, idleTimeoutMs } = this.#settings;
    for (const connection of this.#connections) {
      const age = now - connection.since;
      const { state } = connection;
      if (state === 'idle' && age > idleTimeoutMs) connection.drain();
      else if (state === 'ending' && age > LINGER_MS) connection.destroy();
      else if (age > messageTimeoutMs && state === 'inside') {
        connection.refuse(`a handshake or message did not come whole within ${messageTimeoutMs} ms`);
      } else if (age > messageTimeoutMs && state === 'replying') {
        connection.refuse(`it took no replies for ${messageTimeoutMs} ms`);
      }
    }
  }

  #cannotListen(cause: Error): StreamError {
    const { name, host, port } = this.#settings;
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = isTaken ? 'another program listens there' : reasonOf(cause);
    const message = `${name}: expected to listen at ${host}:${port}, but ${why}. End that, or choose another port or host.`;
    return new StreamError('SOURCE_UNAVAILABLE', message, { cause, retriable: true, details: { host, port } });
  }
}
