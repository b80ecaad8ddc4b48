import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { FlumePushReceiver } from '../../../../src/sources/flume/push/FlumePushReceiver.ts';
import type { FlumePushOptions } from '../../../../src/sources/flume/push/flumePush.ts';
import { KnownClients } from '../../../../src/sources/flume/push/KnownClients.ts';
import { pushSettings } from '../../../../src/sources/flume/push/pushOptions.ts';
import type { NewBlock } from '../../../../src/sources/receiver/BlockLog.ts';
import type { ReceiverHost } from '../../../../src/sources/receiver/Receiver.ts';
import type { SourceReport } from '../../../../src/sources/Source.ts';
import { bodiesOf } from './messages.ts';

/** The server of `flumePush` on a free port, with a log that the test plays. */
export interface PushServer extends AsyncDisposable {
  readonly port: number;
  /** The bodies of what was stored, block by block. */
  readonly stored: string[][];
  readonly reports: SourceReport[];
  stop(): Promise<void>;
}

/** What a test may play. `store` answers when the block is safe; by default at once. */
export interface PlayedHost {
  readonly options?: Partial<FlumePushOptions>;
  readonly store?: (block: NewBlock) => Promise<void>;
  /** The server's. By default real time. */
  readonly scheduler?: SchedulerLike;
}

export async function pushServer({
  options = {},
  store,
  scheduler = asyncScheduler,
}: PlayedHost = {}): Promise<PushServer> {
  const stored: string[][] = [];
  const reports: SourceReport[] = [];
  let port = 0;
  const settings = pushSettings({
    port: 0,
    log: 'memory',
    ...options,
    onListening: (address) => {
      port = address.port;
    },
  });
  const receiver = new FlumePushReceiver(settings, new KnownClients());
  const host: ReceiverHost = {
    scheduler,
    signal: new AbortController().signal,
    note: undefined,
    store: async (block) => {
      await store?.(block);
      const bytes = Buffer.concat(block.parts);
      const bodies = bodiesOf(receiver.decode(bytes));
      if (bodies.length !== block.records) throw new Error(`${block.records} records said, ${bodies.length} there`);
      stored.push(bodies);
    },
    hasRoom: () => true,
    room: async () => {},
    report: (code, message, more) => reports.push({ code, message, ...more }),
    end: () => {
      throw new Error('the server never ends by itself');
    },
  };
  await receiver.start(host);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= receiver.stop();
    return stopped;
  };
  return { port, stored, reports, stop, [Symbol.asyncDispose]: stop };
}
