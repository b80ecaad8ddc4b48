import type { AvroReader } from '../../../drivers/flume/avro/AvroReader.ts';
import { malformed } from '../../../drivers/flume/avro/malformed.ts';
import { readHandshakeResponse, writeHandshakeRequest } from '../../../drivers/flume/ipc/handshake.ts';
import { SPARK_SINK_PROTOCOL } from '../../../drivers/flume/ipc/sparkSinkProtocol.ts';

const MESSAGES = ['getEventBatch', 'ack', 'nack'];

/** What the first call of a connection begins with. */
export function sinkHandshake(serverHash: Buffer, withText: boolean): Buffer {
  const { hash, text } = SPARK_SINK_PROTOCOL;
  return writeHandshakeRequest({ clientHash: hash, clientProtocol: withText ? text : null, serverHash });
}

/**
 * Whether the sink has accepted the handshake; if not, the hash of its protocol: it has to be done again with the text of ours.
 * Throws `DATA_CORRUPT` if whoever answers has another protocol.
 */
export function readSinkHandshake(reader: AvroReader): 'accepted' | Buffer {
  const { match, serverProtocol, serverHash } = readHandshakeResponse(reader);
  reader.end();
  if (match === 'BOTH') return 'accepted';
  checkProtocol(serverProtocol);
  if (match === 'CLIENT') return 'accepted';
  return Buffer.from(serverHash ?? SPARK_SINK_PROTOCOL.hash);
}

/** Another text is fine, as a jar may have been generated in another way. Another protocol is not. */
function checkProtocol(text: string | null): void {
  if (text === null) return;
  let protocol: { protocol?: unknown; messages?: object } | null;
  try {
    protocol = JSON.parse(text);
  } catch {
    throw malformed('the protocol of a SparkSink', 'one that is no JSON');
  }
  const messages = protocol?.messages ?? {};
  if (MESSAGES.every((name) => Object.hasOwn(messages, name))) return;
  throw malformed('a SparkSink', `a server of the protocol ${String(protocol?.protocol).slice(0, 100)}`);
}
