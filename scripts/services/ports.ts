import { createServer } from 'node:net';

/** Below the range from which the system takes the local ports of outgoing connections, so that a port stays ours while its server is down. */
const FIRST = 15_000;
const COUNT = 16_000;
const handedOut = new Set<number>();
let next = FIRST + ((process.pid * 40) % COUNT);

/** Free loopback ports, never the same twice; processes side by side begin at different places. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > COUNT) throw new Error(`no ${count} free ports between ${FIRST} and ${FIRST + COUNT}`);
    const port = next;
    next = next + 1 < FIRST + COUNT ? next + 1 : FIRST;
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      ports.push(port);
    }
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
