/**
 * Lines that are posted over HTTP, counted exactly: whoever posts is answered when the lines are in a write-ahead log, so neither `kill -9`
 * nor a loss of power loses one that was answered for.
 * `npm run example -- examples/customReceiver.ts 8080 ./received`, and `curl --data-binary @README.md localhost:8080`.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  batchInterval,
  flatMapRecords,
  mapRecords,
  print,
  StreamingContext,
  seconds,
  stopGracefullyOnShutdown,
  updateStateByKey,
} from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import { receiver } from 'rx-dstream/receiver';

const [port = '8080', folder = './received'] = process.argv.slice(2);
const stream = new StreamingContext({ interval: seconds(1), checkpoint: fileCheckpoint(`${folder}/checkpoint`) });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));

receiver<string>({
  name: 'http',
  log: `${folder}/log`,
  async receive({ store, signal }) {
    async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let status = 204;
      try {
        const lines = (await text(request)).split('\n').filter((line) => line !== '');
        await store(lines); // waits while the log is full
      } catch {
        status = 503; // not stored: post it again
      }
      if (signal.aborted) response.setHeader('connection', 'close'); // or it would post over this connection for ever
      response.writeHead(status).end();
    }
    const server = createServer(take).listen(Number(port));
    await once(server, 'listening');
    console.log(`listening on ${(server.address() as AddressInfo).port}`);
    return () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
  },
})
  .pipe(
    batchInterval(stream),
    flatMapRecords((line) => line.split(' ')),
    mapRecords((word) => [word, 1] as const),
    updateStateByKey((ones, total: number = 0) => total + ones.length, { name: 'totals' }),
    print(),
  )
  .subscribe({
    error(error) {
      console.error(error);
      process.exit(1);
    },
  });

stopGracefullyOnShutdown(stream);
