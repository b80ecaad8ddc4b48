/** `server.js WHO PORT EVENT_BYTES`: receives for a while from whoever sends; its last line is what came of it, as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { flumePush } from 'rx-dstream/flume';
import { AVRO_SOURCE_PROTOCOL } from '../../../src/drivers/flume/ipc/avroSourceProtocol.ts';
import { KeptFile } from './KeptFile.ts';

/** Until code is compiled on both sides, and while it is measured. */
const WARM_UP_MS = 2500;
const MEASURED_MS = 2500;
/** More than an agent's channel holds: one that had nobody to send to for a while empties that and then sleeps up to five seconds. */
const AWAKE = 60_000;

/** What came of one turn. */
export interface Served {
  readonly perSecond: number;
  /** Processor seconds for each second, all threads together. */
  readonly cpu: number;
  readonly rssMiB: number;
}

const [who, port, eventBytes] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
let events = 0;
let begin: (() => void) | undefined = () => {
  begin = undefined;
  setTimeout(measure, WARM_UP_MS);
};

/** An event has come as far as it comes. */
function seen({ body }: { readonly body: Buffer }): void {
  if (body.length !== eventBytes) throw new Error(`a body of ${body.length} bytes`);
  events++;
}

if (who === 'disk' || who === 'memory') ours();
else withAvsc(who !== 'avsc', who === 'kept' ? new KeptFile(newFolder()) : undefined);

/** Into the log, acknowledged, and through batches to an output. */
function ours(): void {
  const log = who === 'memory' ? ({ memory: true, maxBytes: 2 ** 28 } as const) : join(newFolder(), 'log');
  const stream = new StreamingContext({ interval: 100, onWarning: () => {} });
  stream.progress$.subscribe((event) => event.type === 'report' && console.error(`${event.code}: ${event.message}`));
  flumePush({ port, log, onListening: listening })
    .pipe(
      batchInterval(stream),
      foreachBatch((batch) => {
        batch.forEach(seen);
        if (events > AWAKE) begin?.();
      }),
    )
    .subscribe({ error: (error) => fail(error) });
}

/**
 * Looks at every event and acknowledges: as avsc's documentation starts a server, or with answers that are not held back; or keeps them on disk
 * before it does, encoded again, as avsc hands on nothing else.
 */
function withAvsc(noDelay: boolean, file: KeptFile | undefined): void {
  const encoder = avro.Type.forSchema({ type: 'array', items: JSON.parse(AVRO_SOURCE_PROTOCOL.text).types[1] });
  const server = avro.Service.forProtocol(JSON.parse(AVRO_SOURCE_PROTOCOL.text)).createServer({
    silent: true,
  } as object);
  type Answer = (error: null, status: string) => void;
  (
    server as unknown as { onAppendBatch(handle: (events: readonly { body: Buffer }[], answer: Answer) => void): void }
  ).onAppendBatch((batch, answer) => {
    for (const event of batch) seen(event);
    if (events > AWAKE) begin?.();
    if (file === undefined) answer(null, 'OK');
    else file.keep(encoder.toBuffer(batch)).then(() => answer(null, 'OK'), fail);
  });
  createServer({ noDelay }, (socket) => {
    socket.on('error', () => {});
    server.createChannel(socket);
  }).listen(port, '127.0.0.1', listening);
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-flume-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function listening(): void {
  console.log('listening');
}

function measure(): void {
  const [before, begun, cpu] = [events, performance.now(), process.cpuUsage()];
  setTimeout(() => {
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const served: Served = {
      perSecond: (events - before) / seconds,
      cpu: (user + system) / 1e6 / seconds,
      rssMiB: process.memoryUsage.rss() / 2 ** 20,
    };
    console.log(JSON.stringify(served));
    process.exit(0);
  }, MEASURED_MS);
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
