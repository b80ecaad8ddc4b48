import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { END, type Outside } from './receiverKills.ts';

/** Texts that are given and not acknowledged yet. */
const WINDOW = 60;

/** A TCP server that gives every text until it is acknowledged, to one connection after the other. */
export class AcknowledgedServer implements Outside {
  readonly given: Map<string, number> = new Map();
  readonly acknowledged: Set<string> = new Set();
  readonly #open = new Map<number, string>();
  readonly #server: Server = createServer((socket) => this.#connected(socket));
  #socket: Socket | undefined;
  #next = 0;
  #isFinished = false;

  static async start(): Promise<AcknowledgedServer> {
    const server = new AcknowledgedServer();
    await listening(server.#server);
    return server;
  }

  get settings(): { readonly port: number } {
    return { port: portOf(this.#server) };
  }

  finish(): void {
    this.#isFinished = true;
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await closed(this.#server);
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', () => {});
    for (const [number, text] of this.#open) this.#give(number, text);
    createInterface(socket)
      .on('error', () => {})
      .on('line', (line) => this.#safe(socket, Number(line)));
    this.#giveMore();
  }

  #safe(socket: Socket, number: number): void {
    const text = this.#open.get(number);
    if (text !== undefined && text !== END) this.acknowledged.add(text);
    this.#open.delete(number);
    if (socket === this.#socket) this.#giveMore();
  }

  #giveMore(): void {
    while (!this.#isFinished && this.#open.size < WINDOW) this.#giveNew(`text-${this.#next}`);
    if (this.#isFinished && this.#open.size === 0) this.#giveNew(END);
  }

  #giveNew(text: string): void {
    const number = this.#next++;
    this.#open.set(number, text);
    this.#give(number, text);
  }

  #give(number: number, text: string): void {
    this.given.set(text, (this.given.get(text) ?? 0) + 1);
    this.#socket?.write(`${number} ${text}\n`);
  }
}

/** A TCP server that gives every line once, to whoever is connected, and learns nothing. */
export class PlainServer implements Outside {
  readonly given: Map<string, number> = new Map();
  readonly acknowledged: ReadonlySet<string> = new Set();
  readonly #server: Server = createServer((socket) => this.#connected(socket));
  #socket: Socket | undefined;
  #next = 0;
  #isFinished = false;

  static async start(): Promise<PlainServer> {
    const server = new PlainServer();
    await listening(server.#server);
    return server;
  }

  get settings(): { readonly port: number } {
    return { port: portOf(this.#server) };
  }

  finish(): void {
    this.#isFinished = true;
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await closed(this.#server);
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', () => {}).on('data', () => {});
    this.#giveMore(socket);
  }

  /** Some lines in each turn, as far as they are taken. */
  #giveMore(socket: Socket): void {
    if (socket.destroyed || socket !== this.#socket) return;
    const lines = Array.from({ length: 5 }, () => (this.#isFinished ? END : `line-${this.#next++}`));
    for (const line of lines) this.given.set(line, (this.given.get(line) ?? 0) + 1);
    const goOn = (): void => this.#giveMore(socket);
    if (socket.write(`${lines.join('\n')}\n`)) setTimeout(goOn, 1);
    else socket.once('drain', goOn);
  }
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function closed(server: Server): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  await ended;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
