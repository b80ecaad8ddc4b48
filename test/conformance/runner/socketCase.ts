import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { socketText } from 'rx-dstream/socket';
import { BatchRun, type Outcome } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { batchCount, compared, expectations, type RunCase } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';

/** Milliseconds of real time in which what was sent last must have come. */
const PATIENCE = 5_000;

/** Turns of the event loop in which what was written to a socket of this process has been read from the other end. */
const TURNS = 50;

/** A case that sends chunks of text over a real socket, one before each batch. */
export function socketCase(given: Case): RunCase {
  const { params, expected } = given;
  const intervalMs = given.batchDurationMs as number;
  const chunks = (given.input as readonly (string | readonly string[] | null)[]).map((chunk) => [chunk ?? []].flat());
  const pipeline = pipelineOf(params.pipeline);
  const isFlattened = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  const wanted = isFlattened ? [] : expectations(given);
  const count = isFlattened ? chunks.length : Math.max(chunks.length, batchCount(given, wanted));

  return async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    const connection = once(server, 'connection');
    let records = 0;
    const run = new BatchRun({
      intervalMs,
      sources: { source: socketText({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }) },
      build: (source) => pipeline(source('source'), { source, folder: '' }),
      onOutput: (_time, _stop, given) => (records += given),
    });
    let outcome: Outcome | undefined;
    try {
      run.begin();
      const [peer] = (await connection) as [Socket];
      for (let at = 0; at < count && !run.over; at++) {
        for (const chunk of chunks[at] ?? []) await sent(peer, chunk);
        await run.advance((at + 1) * intervalMs);
      }
      const patience = performance.now() + PATIENCE;
      for (let at = count; isFlattened && records < (expected?.length ?? 0) && !run.over; at++) {
        if (performance.now() > patience) break;
        await run.advance((at + 1) * intervalMs);
      }
    } finally {
      outcome = await run.outcome();
      server.close();
    }
    return isFlattened ? flattened(given, outcome) : compared(given, wanted, outcome);
  };
}

/** Writes, and gives the other end time to read. */
async function sent(peer: Socket, chunk: string): Promise<void> {
  await new Promise<void>((resolve) => peer.write(chunk, () => resolve()));
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
