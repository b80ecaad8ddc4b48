/** Lines out of a Flume agent, pulled from its sink. */
import { flumePull } from '../../../../src/flume.ts';
import { SinkConnection } from '../../../../src/sources/flume/pull/SinkConnection.ts';
import type { Steps } from '../../crashMatrix/Steps.ts';
import { liveReceiver, settings } from './liveReceiver.ts';

export interface OnFlumePull {
  readonly port: number;
}

const { port, ...rest } = settings<OnFlumePull>();

liveReceiver(rest, {
  source: (log, steps) => {
    stepsOfConnections(steps);
    const agents = [{ host: '127.0.0.1', port }];
    return flumePull({ agents, log, maxEventsPerBatch: 20, connectionsPerAgent: 2, firstDelayMs: 20 });
  },
  lineOf: ({ bodyText }) => bodyText,
});

/** Every connection with steps after what comes, and around what is acknowledged. */
function stepsOfConnections(steps: Steps): void {
  const { getEventBatch, ack } = SinkConnection.prototype;
  SinkConnection.prototype.getEventBatch = async function (most) {
    const batch = await getEventBatch.call(this, most);
    steps.pass('after receive');
    return batch;
  };
  SinkConnection.prototype.ack = async function (sequence, waits) {
    steps.pass('before acknowledge');
    const answer = ack.call(this, sequence, waits);
    steps.pass('while acknowledging');
    await answer;
    steps.pass('after acknowledge');
  };
}
