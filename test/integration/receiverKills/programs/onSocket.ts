/** Lines of a TCP server that gives each of them once. */
import { socketText } from '../../../../src/socket.ts';
import { liveReceiver, settings } from './liveReceiver.ts';

export interface OnSocket {
  readonly port: number;
}

const { port, ...rest } = settings<OnSocket>();

liveReceiver(rest, {
  source: (log) => socketText({ port, host: '127.0.0.1', name: 'socket', log, firstDelayMs: 10 }),
  lineOf: (text) => text,
});
