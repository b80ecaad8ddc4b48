import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A TCP server on the loopback that a test holds by its strings. */
export class Peer {
  readonly #server: Server = createServer({ pauseOnConnect: false }, (socket) => this.#accept(socket));
  readonly sockets: Socket[] = [];
  #greetings: Buffer[] = [];
  #waiting: ((socket: Socket) => void)[] = [];
  connections = 0;

  static async start(port = 0): Promise<Peer> {
    const peer = new Peer();
    peer.#server.listen(port, '127.0.0.1');
    await once(peer.#server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What each of the next connections is sent at once. */
  greet(...greetings: (string | Buffer)[]): void {
    this.#greetings.push(...greetings.map((greeting) => Buffer.from(greeting)));
  }

  /** The next connection that comes, or the one that is there and was not asked for yet. */
  connection(): Promise<Socket> {
    const socket = this.sockets[this.#taken];
    if (socket !== undefined) {
      this.#taken++;
      return Promise.resolve(socket);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  #taken = 0;

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.sockets.push(socket);
    socket.on('error', () => {}).resume();
    const greeting = this.#greetings.shift();
    if (greeting !== undefined) socket.write(greeting);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#taken++;
    waiting(socket);
  }
}

/** A frame as `socketFrames` reads it. */
export function frame(text: string): Buffer {
  const header = Buffer.alloc(4);
  header.writeInt32BE(Buffer.byteLength(text));
  return Buffer.concat([header, Buffer.from(text)]);
}
