import type { AvroProtocol } from '../../../drivers/flume/ipc/AvroProtocol.ts';
import { AVRO_SOURCE_PROTOCOL, AVRO_SOURCE_PROTOCOL_BARE } from '../../../drivers/flume/ipc/avroSourceProtocol.ts';
import type { HandshakeRequest, Match } from '../../../drivers/flume/ipc/handshake.ts';
import { whyNotServed } from './clientProtocol.ts';

/** Other protocols that were judged are remembered, the last so many. */
const MAX_JUDGED = 100;

/** What is answered to a handshake. */
export interface Verdict {
  readonly match: Match;
  /** Why calls of this client cannot be served. */
  readonly refused?: string;
}

/** Which clients can be served. Flume's own say only the hash of their protocol, others are asked for its text once. */
export class KnownClients {
  readonly server: AvroProtocol = AVRO_SOURCE_PROTOCOL;
  readonly #ours: ReadonlySet<string> = new Set([hex(AVRO_SOURCE_PROTOCOL.hash), hex(AVRO_SOURCE_PROTOCOL_BARE.hash)]);
  /** Why not, by hash; the one used last is the last. */
  readonly #judged = new Map<string, string | undefined>();

  judge({ clientHash, clientProtocol, serverHash }: HandshakeRequest): Verdict {
    const known = serverHash.equals(this.server.hash) ? 'BOTH' : 'CLIENT';
    const hash = hex(clientHash);
    if (this.#ours.has(hash)) return { match: known };
    if (clientProtocol === null && !this.#judged.has(hash)) return { match: 'NONE' };
    const refused = clientProtocol === null ? this.#judged.get(hash) : whyNotServed(clientProtocol);
    this.#judged.delete(hash);
    this.#judged.set(hash, refused);
    if (this.#judged.size > MAX_JUDGED) this.#judged.delete(this.#judged.keys().next().value as string);
    return refused === undefined ? { match: known } : { match: known, refused };
  }
}

function hex(hash: Buffer): string {
  return hash.toString('hex');
}
