import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { AvroReader } from '../../../src/drivers/flume/avro/AvroReader.ts';
import { blockOfEvents, visitEvents } from '../../../src/drivers/flume/events/eventBlock.ts';
import { readCallName } from '../../../src/drivers/flume/ipc/calls.ts';
import { type Pack, PackParser } from '../../../src/drivers/flume/netty/PackParser.ts';
import { readEventBatch } from '../../../src/sources/flume/pull/eventBatch.ts';
import { END } from './receiverKills.ts';

const PACKS = { maxMessageBytes: 2 ** 26, maxBuffers: 2 ** 16 };
const EVENTS = { maxEvents: 10_000, maxHeaders: 100 };

/** A proxy before a SparkSink that knows what the sink has given, and what was acknowledged to it, whether that has reached it or not. */
export class WatchedSink {
  /** How often each event was given. */
  readonly given: Map<string, number> = new Map();
  readonly acknowledged: Set<string> = new Set();
  readonly #batches = new Map<string, readonly string[]>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(sinkPort: number) {
    this.#server = createServer((client) => this.#accept(client, connect(sinkPort, '127.0.0.1')));
  }

  static async before(sinkPort: number): Promise<WatchedSink> {
    const watched = new WatchedSink(sinkPort);
    watched.#server.listen(0, '127.0.0.1');
    await once(watched.#server, 'listening');
    return watched;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(client: Socket, sink: Socket): void {
    const calls = new Map<number, (answer: AvroReader) => void>();
    for (const [from, to] of [
      [client, sink],
      [sink, client],
    ] as const) {
      this.#sockets.add(from);
      const packs = new PackParser(PACKS);
      from.on('data', (chunk) => {
        packs.push(Buffer.from(chunk));
        for (let pack = packs.next(); pack !== undefined; pack = packs.next()) {
          if (from === client) this.#called(pack, calls);
          else calls.get(pack.serial)?.(new AvroReader(pack.payload));
        }
        to.write(chunk);
      });
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  #called({ serial, payload }: Pack, calls: Map<number, (answer: AvroReader) => void>): void {
    // The first call of a connection is its handshake and nothing else.
    if (serial === 1) return;
    const call = new AvroReader(payload);
    const name = readCallName(call);
    if (name === 'getEventBatch') calls.set(serial, (answer) => this.#gave(answer));
    if (name !== 'ack') return;
    for (const event of this.#batches.get(call.text()) ?? []) if (event !== END) this.acknowledged.add(event);
  }

  #gave(answer: AvroReader): void {
    const { sequence, events } = readEventBatch(answer, EVENTS);
    const bodies: string[] = [];
    visitEvents(Buffer.concat(blockOfEvents(events)), ({ bodyText }) => bodies.push(bodyText));
    for (const body of bodies) this.given.set(body, (this.given.get(body) ?? 0) + 1);
    this.#batches.set(sequence, bodies);
  }
}
