/** Lines that Flume agents push. */
import { flumePush } from '../../../../src/flume.ts';
import { PushCalls } from '../../../../src/sources/flume/push/PushCalls.ts';
import type { Steps } from '../../crashMatrix/Steps.ts';
import { liveReceiver, settings } from './liveReceiver.ts';

export interface OnFlumePush {
  readonly port: number;
  /** Where TLS and zlib are to be spoken: key and certificate, in PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

const { port, tls, ...rest } = settings<OnFlumePush>();

liveReceiver(rest, {
  source: (log, steps) => {
    stepsOfCalls(steps);
    return flumePush({ port, log, ...(tls && { tls, compression: 'deflate' }) });
  },
  lineOf: ({ bodyText }) => bodyText,
});

/** Every call with steps after it has come, and around its answer. */
function stepsOfCalls(steps: Steps): void {
  const { answer } = PushCalls.prototype;
  PushCalls.prototype.answer = async function (payload) {
    steps.pass('after receive');
    const reply = await answer.call(this, payload);
    steps.pass('before acknowledge');
    setImmediate(() => steps.pass('after acknowledge'));
    return reply;
  };
}
