import type { AvroReader } from '../avro/AvroReader.ts';
import { AvroWriter } from '../avro/AvroWriter.ts';
import type { AvroProtocol } from './AvroProtocol.ts';

const HASH_BYTES = 16;
/** No protocol is longer; Flume's has 1,334 characters. */
const MAX_PROTOCOL_BYTES = 64 * 1024;

/** What a server answers: it knows the client's protocol and the client its, or not the second, or not the first. */
export type Match = 'BOTH' | 'CLIENT' | 'NONE';
const MATCHES: readonly Match[] = ['BOTH', 'CLIENT', 'NONE'];

/** What a client says before the first call of a connection. */
export interface HandshakeRequest {
  readonly clientHash: Buffer;
  /** `null` until the server has asked for it with `NONE`. */
  readonly clientProtocol: string | null;
  /** What the client believes the server's to be. */
  readonly serverHash: Buffer;
}

/** What the server says to that. */
export interface HandshakeResponse {
  readonly match: Match;
  /** Given unless the match is `BOTH`. */
  readonly serverProtocol: string | null;
  readonly serverHash: Buffer | null;
}

export function readHandshakeRequest(reader: AvroReader): HandshakeRequest {
  const clientHash = reader.fixed(HASH_BYTES);
  const clientProtocol = optional(reader, () => reader.text(MAX_PROTOCOL_BYTES));
  const serverHash = reader.fixed(HASH_BYTES);
  optional(reader, () => reader.skipMap());
  return { clientHash, clientProtocol, serverHash };
}

export function writeHandshakeRequest({ clientHash, clientProtocol, serverHash }: HandshakeRequest): Buffer {
  const writer = new AvroWriter().raw(clientHash);
  if (clientProtocol === null) writer.long(0);
  else writer.long(1).text(clientProtocol);
  return writer.raw(serverHash).long(0).written();
}

export function readHandshakeResponse(reader: AvroReader): HandshakeResponse {
  const match = MATCHES[reader.choice(MATCHES.length)] as Match;
  const serverProtocol = optional(reader, () => reader.text(MAX_PROTOCOL_BYTES));
  const serverHash = optional(reader, () => reader.fixed(HASH_BYTES));
  optional(reader, () => reader.skipMap());
  return { match, serverProtocol, serverHash };
}

/** Whatever is not `BOTH` carries the server's text and hash: Java clients use them without looking whether they are there. */
export function writeHandshakeResponse(match: Match, server: AvroProtocol): Buffer {
  const writer = new AvroWriter().long(MATCHES.indexOf(match));
  if (match === 'BOTH') writer.long(0).long(0);
  else writer.long(1).text(server.text).long(1).raw(server.hash);
  return writer.long(0).written();
}

function optional<T>(reader: AvroReader, value: () => T): T | null {
  return reader.choice(2) === 0 ? null : value();
}
