import { once } from 'node:events';
import { connect } from 'node:net';
import avro from 'avsc';
import { SPARK_SINK_PROTOCOL } from '../../../src/drivers/flume/ipc/sparkSinkProtocol.ts';
import { sink } from './sink.ts';

interface EventBatch {
  readonly errorMsg: string;
  readonly sequenceNumber: string;
  readonly events: readonly { readonly body: Buffer }[];
}

type Answered<T> = (error: Error | null, answer: T) => void;

/** What avsc makes of the protocol. */
interface SinkClient {
  createChannel(socket: unknown, options: object): { destroy(noWait: boolean): void };
  getEventBatch(most: number, answered: Answered<EventBatch>): void;
  ack(sequence: string, answered: Answered<null>): void;
}

/** Takes so many events with a client of avsc's, which keeps none of them: get, look at every body, acknowledge. */
export async function withAvsc(wanted: number): Promise<number> {
  const { host, port, eventBytes } = sink();
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  const service = avro.Service.forProtocol(JSON.parse(SPARK_SINK_PROTOCOL.text));
  const client = service.createClient() as unknown as SinkClient;
  const channel = client.createChannel(socket, { timeout: 0 });
  let events = 0;
  while (events < wanted) {
    const batch = await answerOf<EventBatch>((answered) => client.getEventBatch(1000, answered));
    for (const { body } of batch.events) if (body.length !== eventBytes) throw new Error(`${body.length} bytes`);
    events += batch.events.length;
    await answerOf<null>((answered) => client.ack(batch.sequenceNumber, answered));
  }
  channel.destroy(true);
  socket.destroy();
  return events;
}

function answerOf<T>(ask: (answered: Answered<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => ask((error, answer) => (error ? reject(error) : resolve(answer))));
}
