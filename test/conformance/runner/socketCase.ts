import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';
import { filter, firstValueFrom, scan, timeout } from 'rxjs';
import { type Case, NotRun } from './Case.ts';
import type { RunCase } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';

/** Milliseconds; the batches of a socket follow the real clock, and only all of them together are compared. */
const INTERVAL = 10;
const PATIENCE = 5_000;

/** A case that sends chunks of text over a real socket. */
export function socketCase(given: Case): RunCase {
  const { params, input, expected } = given;
  if (params.checkFlattened !== true)
    throw new NotRun('socket cases run on the real clock: only checkFlattened is compared');
  const pipeline = pipelineOf(params.pipeline);
  return async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = once(server, 'connection');
    const context = new StreamingContext({ interval: INTERVAL, onWarning: () => {} });
    const lines = socketText({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const setting = { source: () => never(), folder: '' };
    const all = pipeline(lines.pipe(batchInterval(context)), setting).pipe(
      foreachBatch(() => {}),
      scan((records: readonly unknown[], batch) => [...records, ...batch.records], []),
      filter((records) => records.length >= (expected?.length ?? 0)),
      timeout({ first: PATIENCE }),
    );
    const got = firstValueFrom(all);
    got.catch(() => {});
    try {
      const [peer] = (await connected) as [Socket];
      for (const chunk of input as readonly string[]) peer.write(chunk);
      return flattened(given, { outputs: [{ time: 0, records: await got }], failure: undefined });
    } catch (error) {
      return { expected, got: String(error) };
    } finally {
      await context.stop();
      server.close();
    }
  };
}

function never(): never {
  throw new NotRun('a socket case has one source');
}
