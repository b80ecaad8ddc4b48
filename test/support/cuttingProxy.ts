import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a real server that cuts connections after a number of bytes, and holds requests back. */
export interface CuttingProxy {
  readonly port: number;
  /** Bytes of answers that the newest connection has brought. */
  readonly answered: number;
  /** Bytes of requests that the newest connection has brought. */
  readonly asked: number;
  /** How many connections there were. */
  readonly connections: number;
  /** Cuts the next connection once so many bytes have passed in this direction; the rest of what came with them is lost. */
  cutNext(direction: 'answers' | 'requests', bytes: number): void;
  /**
   * Keeps back all requests from the first on that contains `text`. The server gets them at `release`, even those of clients that have gone.
   */
  hold(text?: string): { release(): void };
  close(): Promise<void>;
}

/** Starts a proxy on a free loopback port. */
export async function cuttingProxy(target: { readonly host: string; readonly port: number }): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let passed = { answers: 0, requests: 0 };
  let cut: { readonly direction: 'answers' | 'requests'; readonly bytes: number } | undefined;
  let held: (() => void)[] | undefined;
  let heldFrom: string | undefined;

  const server: Server = createServer((client) => {
    const upstream = dial(target.port, target.host);
    const mine = { answers: 0, requests: 0 };
    const cutAt = cut;
    let waits = false;
    cut = undefined;
    passed = mine;
    connections++;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // The other side is closed with it; which error it was does not matter here.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }

    function pass(direction: 'answers' | 'requests', chunk: Buffer, to: Socket): void {
      const room = cutAt?.direction === direction ? cutAt.bytes - mine[direction] : Number.POSITIVE_INFINITY;
      mine[direction] += Math.min(room, chunk.length);
      to.write(chunk.subarray(0, room));
      if (chunk.length < room) return;
      to.end();
      (to === client ? upstream : client).destroy();
    }

    client.on('data', (chunk) => {
      if (heldFrom !== undefined && chunk.includes(heldFrom)) heldFrom = undefined;
      if (held === undefined || heldFrom !== undefined) return pass('requests', chunk, upstream);
      waits = true;
      held.push(() => pass('requests', chunk, upstream));
    });
    upstream.on('data', (chunk) => pass('answers', chunk, client));
    client.on('close', () => waits || upstream.end());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get answered() {
      return passed.answers;
    },
    get asked() {
      return passed.requests;
    },
    get connections() {
      return connections;
    },
    cutNext(direction, bytes) {
      cut = { direction, bytes };
    },
    hold(text) {
      held = [];
      heldFrom = text;
      return {
        release() {
          const requests = held ?? [];
          held = undefined;
          heldFrom = undefined;
          for (const send of requests) send();
        },
      };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
