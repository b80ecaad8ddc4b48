/**
 * `sender.js PER_SECOND BYTES`: listens, tells its port, and sends lines of so many bytes at this rate to whoever connects, as far as
 * they are taken: a peer that does not read holds it up.
 */
import { createServer, type Socket } from 'node:net';

const STEP_MS = 5;
const perSecond = Number(process.argv[2]);
const bytes = Number(process.argv[3]);
const line = `${'x'.repeat(bytes - 1)}\n`;

const server = createServer((peer) => send(peer));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));

function send(peer: Socket): void {
  const piece = Buffer.from(line.repeat(Math.ceil((perSecond * STEP_MS) / 1000)));
  let isTaken = true;
  peer.on('drain', () => {
    isTaken = true;
  });
  const timer = setInterval(() => {
    if (isTaken) isTaken = peer.write(piece);
  }, STEP_MS);
  peer.on('error', () => {});
  peer.on('close', () => {
    clearInterval(timer);
    process.exit(0);
  });
}
