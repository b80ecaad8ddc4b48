import type { AvroWriter } from '../../../../src/drivers/flume/avro/AvroWriter.ts';
import type { FlumeEvent } from '../../../../src/drivers/flume/events/FlumeEvent.ts';
import { AVRO_SOURCE_PROTOCOL } from '../../../../src/drivers/flume/ipc/avroSourceProtocol.ts';
import { writeCall } from '../../../../src/drivers/flume/ipc/calls.ts';
import { writeHandshakeRequest } from '../../../../src/drivers/flume/ipc/handshake.ts';
import type { RecordRun } from '../../../../src/sources/Source.ts';

const { hash } = AVRO_SOURCE_PROTOCOL;

/** What a Flume agent says first. */
export const HANDSHAKE: Buffer = writeHandshakeRequest({ clientHash: hash, clientProtocol: null, serverHash: hash });

export const OK: Buffer = Buffer.of(0, 0, 0);
export const FAILED: Buffer = Buffer.of(0, 0, 2);
/** The server's part of the first reply. */
export const BOTH: Buffer = Buffer.of(0, 0, 0, 0);

/** A call of `appendBatch` with these bodies. */
export function appendBatch(...bodies: readonly string[]): Buffer {
  return writeCall('appendBatch', (writer) => {
    if (bodies.length > 0) writer.long(bodies.length);
    for (const body of bodies) writeEvent(writer, body);
    writer.end();
  });
}

/** A call of `append`. */
export function append(body: string, headers?: ReadonlyMap<string, string>): Buffer {
  return writeCall('append', (writer) => writeEvent(writer, body, headers));
}

function writeEvent(writer: AvroWriter, body: string, headers: ReadonlyMap<string, string> = new Map()): void {
  writer.texts(headers).text(body);
}

export function bodiesOf(events: RecordRun<FlumeEvent>): string[] {
  const bodies: string[] = [];
  events.run((event) => bodies.push(event.bodyText));
  return bodies;
}
