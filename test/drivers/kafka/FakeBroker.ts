import { createServer, type Server, type Socket } from 'node:net';
import { WireWriter } from '../../../src/drivers/kafka/wire/WireWriter.ts';

/** What a scripted broker does with a request: the body of its answer, or nothing. */
export type Script = (request: { readonly key: number; readonly version: number }) => Buffer | undefined;

/** A broker on a loopback port that speaks just enough of Kafka's protocol to be connected to; the rest is scripted. */
export class FakeBroker {
  /** Keys of the requests that came, in order. */
  readonly requests: number[] = [];
  script: Script = () => undefined;
  /** Sent as it is, in place of a framed answer. */
  unframed: Buffer | undefined;
  /** Highest version told for every request. */
  highest = 20;
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.serve(socket));

  get address(): string {
    const { port } = this.server.address() as { port: number };
    return `127.0.0.1:${port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** Closes every connection, as a broker does with idle ones. */
  hangUp(): void {
    for (const socket of this.sockets) socket.end();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Metadata that names this broker as the leader of a topic's partitions. */
  metadata(topic: string, partitions: number): Buffer {
    const [host, port] = this.address.split(':') as [string, string];
    const body = new WireWriter().tags().int32(0);
    body.array([0], () => body.int32(1).text(host).int32(Number(port)).text(null));
    body.text('cluster').int32(1);
    body.array([topic], (name) => {
      body.int16(0).text(name).uuid('AAAAAAAAAAAAAAAAAAAAAQ').bool(false);
      body.array([...Array(partitions).keys()], (partition) => {
        body.int16(0).int32(partition).int32(1).int32(0).int32s([1]).int32s([1]).int32s([]);
      });
      body.int32(0);
    });
    return body.tags().written();
  }

  private serve(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    let buffered: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const size = buffered.readInt32BE(0);
        this.answer(socket, buffered.subarray(4, 4 + size));
        buffered = buffered.subarray(4 + size);
      }
    });
  }

  private answer(socket: Socket, request: Buffer): void {
    const [key, version] = [request.readInt16BE(0), request.readInt16BE(2)];
    this.requests.push(key);
    const body = key === 18 ? this.apiVersions() : this.script({ key, version });
    if (this.unframed !== undefined) socket.write(this.unframed);
    if (body === undefined || this.unframed !== undefined) return;
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + body.length, 0);
    request.copy(head, 4, 4, 8);
    socket.write(Buffer.concat([head, body]));
  }

  private apiVersions(): Buffer {
    const keys = [0, 1, 2, 3, 8, 9, 10, 18, 36];
    const body = new WireWriter().int16(0).int32(keys.length);
    for (const key of keys) body.int16(key).int16(0).int16(this.highest);
    return body.int32(0).written();
  }
}
