/** Texts from a TCP server that keeps those which are not acknowledged: `<number> <text>` comes, `<number>` is the answer. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type Receiving, receiver } from '../../../../src/receiver.ts';
import type { Steps } from '../../crashMatrix/Steps.ts';
import { liveReceiver, settings } from './liveReceiver.ts';

export interface OnCustom {
  readonly port: number;
}

const { port, ...rest } = settings<OnCustom>();

liveReceiver(rest, {
  source: (log, steps) =>
    receiver<string>({ name: 'custom', log, blockIntervalMs: 5, receive: (receiving) => receive(receiving, steps) }),
  lineOf: (text) => text,
});

function receive({ store, add, restart }: Receiving<string>, steps: Steps): () => void {
  const socket = connect(port, '127.0.0.1');
  const lines = createInterface(socket);
  lines.on('error', restart);
  lines.on('line', (line) => {
    steps.pass('after receive');
    const [number, text] = line.split(' ') as [string, string];
    const safe = Number(number) % 3 === 0 ? store([text]) : add(text);
    safe.then(() => {
      steps.pass('before acknowledge');
      socket.write(`${number}\n`);
      setImmediate(() => steps.pass('after acknowledge'));
    }, restart);
  });
  return () => void socket.destroy();
}
