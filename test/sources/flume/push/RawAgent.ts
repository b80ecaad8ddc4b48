import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { constants, createDeflate, createInflate } from 'node:zlib';
import { type Pack, PackParser } from '../../../../src/drivers/flume/netty/PackParser.ts';
import { packOf } from '../../../../src/drivers/flume/netty/packOf.ts';

/** A layer of a connection, the outermost first. */
export type Layer = 'tls' | 'zlib';

/** A client that sends what it is told, made of Node's own sockets, TLS and zlib. */
export class RawAgent {
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  readonly #stream: Duplex;
  readonly #parser = new PackParser({ maxMessageBytes: 1 << 20, maxBuffers: 100 });
  readonly #replies: Pack[] = [];
  readonly #bytes: Buffer[] = [];
  readonly #waiting: ((pack: Pack | undefined) => void)[] = [];
  #isClosed = false;

  private constructor(socket: Socket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
    socket.on('error', () => {});
    stream.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    stream.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.once('close', () => {
      this.#isClosed = true;
      for (const wait of this.#waiting.splice(0)) wait(undefined);
    });
  }

  static async connect(port: number, layers: readonly Layer[] = []): Promise<RawAgent> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    let stream: Duplex = socket;
    for (const layer of layers) {
      const outer: Duplex = stream;
      stream = layer === 'zlib' ? deflated(outer) : connectTls({ socket: outer, rejectUnauthorized: false });
      outer.on('error', (error) => stream.destroy(error));
    }
    return new RawAgent(socket, stream);
  }

  /** All that has come, innermost layer. */
  get bytes(): Buffer {
    return Buffer.concat(this.#bytes);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  /** Sends a message and gives the payload of its reply; `undefined`: the connection was closed. */
  async call(serial: number, ...buffers: readonly Buffer[]): Promise<Buffer | undefined> {
    this.write(packOf(serial, buffers));
    const reply = await this.reply();
    if (reply !== undefined && reply.serial !== serial) throw new Error(`reply ${reply.serial} to ${serial}`);
    return reply?.payload;
  }

  /** The next reply; `undefined`: the connection was closed. */
  reply(): Promise<Pack | undefined> {
    const pack = this.#replies.shift();
    if (pack !== undefined || this.#isClosed) return Promise.resolve(pack);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** No reply is read any more. */
  pause(): void {
    this.#stream.pause();
  }

  close(): void {
    this.#stream.destroy();
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    this.#bytes.push(chunk);
    this.#parser.push(chunk);
    for (let pack = this.#parser.next(); pack !== undefined; pack = this.#parser.next()) {
      const wait = this.#waiting.shift();
      if (wait === undefined) this.#replies.push(pack);
      else wait(pack);
    }
  }
}

function deflated(outer: Duplex): Duplex {
  const flush = constants.Z_SYNC_FLUSH;
  const inflate = createInflate({ flush, finishFlush: flush });
  const deflate = createDeflate({ flush });
  outer.pipe(inflate);
  deflate.pipe(outer);
  return Duplex.from({ readable: inflate, writable: deflate });
}
