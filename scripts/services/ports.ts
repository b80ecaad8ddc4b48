import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the range from which the system takes the local ports of outgoing connections, so that a port stays ours while its server is down. */
const FIRST = 15_000;
const COUNT = 16_000;
const END = 32_768;
const LOCAL = '127.0.0.1';
let next = FIRST + ((process.pid * 40) % COUNT);

/**
 * Free loopback ports, never the same twice while the processes live that asked for them; processes side by side begin at different places.
 * `above`: a server takes the port so far above its own as well.
 */
export async function freePorts(count: number, above = 0): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > COUNT) throw new Error(`no ${count} free ports between ${FIRST} and ${FIRST + COUNT}`);
    const port = next;
    next = next + 1 < FIRST + COUNT ? next + 1 : FIRST;
    if (port + above >= END) continue;
    const all = above === 0 ? [port] : [port, port + above];
    if ((await every(all, isReserved)) && (await every(all, isFree))) ports.push(port);
  }
  return ports;
}

/**
 * Takes the UDP port of the same number, which no server wants, until this process ends: another process that looks for a port passes it by,
 * although nobody listens there yet, or again.
 */
function isReserved(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const claim = createSocket('udp4').unref();
    claim.once('error', () => {
      claim.close();
      resolve(false);
    });
    claim.bind({ port, address: LOCAL, exclusive: true }, () => resolve(true));
  });
}

async function every(ports: readonly number[], isSo: (port: number) => Promise<boolean>): Promise<boolean> {
  for (const port of ports) if (!(await isSo(port))) return false;
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, LOCAL, () => probe.close(() => resolve(true)));
  });
}
