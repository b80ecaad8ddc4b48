import type { FlumeEvent } from '../../../../src/drivers/flume/events/FlumeEvent.ts';
import { Agent } from '../../../../src/sources/flume/pull/Agent.ts';
import { PullReceiver } from '../../../../src/sources/flume/pull/PullReceiver.ts';
import { FakeSparkSink } from '../../../support/flume/FakeSparkSink.ts';
import { receiverLaws } from '../../receiver/receiverLaws.ts';

const settings = {
  maxEventsPerBatch: 2,
  maxEvents: 2,
  maxHeaders: 10,
  maxMessageBytes: 1e6,
  connectTimeoutMs: 5000,
  replyTimeoutMs: 60_000,
  batchTimeoutMs: Number.POSITIVE_INFINITY,
  firstDelayMs: 1,
  maxDelayMs: 5,
  sinkTimeoutMs: 60_000,
  drainMs: 0,
};

receiverLaws<FlumeEvent>({
  name: 'flumePull',
  recordKey: ({ bodyText }) => bodyText,
  async make() {
    const sink = await FakeSparkSink.start();
    const agent = new Agent({ host: '127.0.0.1', port: sink.port }, settings.maxEventsPerBatch);
    let next = 0;
    return {
      receiver: new PullReceiver(settings, [agent], 1),
      feed(count) {
        const fed = Array.from({ length: count }, () => `event ${next++}`);
        sink.put(...fed);
        return fed;
      },
      acknowledged: () => sink.committed,
      dispose: () => sink.stop(),
    };
  },
});
