/**
 * `sender.js PER_SECOND SECONDS`: listens, tells its port, and sends lines at a steady rate to whoever connects. Open loop: each
 * line holds the moment at which it was due, however late it is sent.
 */
import { createServer, type Socket } from 'node:net';
import { monotonicMs } from './monotonicMs.ts';

const perSecond = Number(process.argv[2]);
const count = perSecond * Number(process.argv[3]);

const server = createServer((peer) => send(peer));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));

function send(peer: Socket): void {
  peer.setNoDelay(true);
  const begun = monotonicMs();
  let sent = 0;
  const step = (): void => {
    const due = Math.min(count, Math.floor(((monotonicMs() - begun) / 1000) * perSecond));
    let lines = '';
    for (; sent < due; sent++) lines += `${(begun + (sent / perSecond) * 1000).toFixed(3)} some words to count\n`;
    if (lines !== '') peer.write(lines);
    if (sent < count) setImmediate(step);
    else peer.end();
  };
  peer.on('error', () => process.exit(0));
  peer.on('close', () => process.exit(0));
  step();
}
