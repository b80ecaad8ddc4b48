import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a real server that loses what it is told to lose. */
export interface FaultyProxy {
  readonly port: number;
  /**
   * Loses the server's next answer to a request that contains `text`, once the server has sent it: the request has taken
   * effect. Then the connection is cut, or stays silent for good. Resolves when the answer was lost.
   */
  swallowAnswerTo(text: string, then: 'cut' | 'silence'): Promise<void>;
  /** Leads elsewhere from now on; connections are cut, as they are by the fail-over behind an address. */
  leadTo(target: ProxyTarget): void;
  close(): Promise<void>;
}

/** The server behind a proxy. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** Starts a proxy on a free loopback port. */
export async function faultyProxy(first: ProxyTarget): Promise<FaultyProxy> {
  let target = first;
  let trap: { readonly text: string; readonly then: 'cut' | 'silence'; readonly sprung: () => void } | undefined;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = dial(target.port, target.host);
    let armed: typeof trap;
    let silent = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // The other side is closed with it; which error it was does not matter here.
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (chunk) => {
      if (trap !== undefined && chunk.includes(trap.text)) {
        armed = trap;
        trap = undefined;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (armed !== undefined) {
        const { then, sprung } = armed;
        armed = undefined;
        if (then === 'cut') client.destroy();
        else silent = true;
        sprung();
      } else if (!silent) {
        client.write(chunk);
      }
    });
    client.on('close', () => {
      sockets.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => {
      sockets.delete(upstream);
      if (!silent) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    swallowAnswerTo: (text, then) =>
      new Promise((sprung) => {
        trap = { text, then, sprung };
      }),
    leadTo(other) {
      target = other;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
