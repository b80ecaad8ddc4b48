import { isStreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import { AvroReader } from '../../../drivers/flume/avro/AvroReader.ts';
import { malformed } from '../../../drivers/flume/avro/malformed.ts';
import { checkEvent, checkEvents, type EventLimits } from '../../../drivers/flume/events/checkEvents.ts';
import { blockOfEvent, blockOfEvents } from '../../../drivers/flume/events/eventBlock.ts';
import { STATUS_FAILED, STATUS_OK } from '../../../drivers/flume/ipc/avroSourceProtocol.ts';
import { readCallName, writeError, writeResult } from '../../../drivers/flume/ipc/calls.ts';
import { readHandshakeRequest, writeHandshakeResponse } from '../../../drivers/flume/ipc/handshake.ts';
import type { ReceiverHost } from '../../receiver/Receiver.ts';
import type { KnownClients } from './KnownClients.ts';
import type { StoreTurns } from './StoreTurns.ts';

const OK: Buffer = writeResult((writer) => writer.long(STATUS_OK));
const FAILED: Buffer = writeResult((writer) => writer.long(STATUS_FAILED));
const NOTHING: Buffer = Buffer.alloc(0);
/** A client that is asked for its protocol sends it with its next call: once. */
const MAX_HANDSHAKES = 4;

/** What goes back for one message: its buffers, and whether the memory of the message is free again. */
export interface PushReply {
  readonly buffers: readonly Buffer[];
  readonly isFree: boolean;
}

/** The calls of one connection: what they mean, and what is answered. Throws `DATA_CORRUPT` for what is no call. */
export class PushCalls {
  readonly #host: ReceiverHost;
  readonly #limits: EventLimits;
  readonly #clients: KnownClients;
  readonly #turns: StoreTurns;
  #handshakes = 0;
  #isKnown = false;
  /** Why nothing of this client is taken. */
  #refused: string | undefined;

  constructor(host: ReceiverHost, limits: EventLimits, clients: KnownClients, turns: StoreTurns) {
    this.#host = host;
    this.#limits = limits;
    this.#clients = clients;
    this.#turns = turns;
  }

  /** Answers when what it brought is safe. */
  answer(payload: Buffer): PushReply | Promise<PushReply> {
    const reader = new AvroReader(payload);
    const handshake = this.#isKnown ? [] : [this.#handshake(reader)];
    // It is asked for its protocol, and will repeat this call.
    if (!this.#isKnown) return { buffers: handshake, isFree: true };
    const name = readCallName(reader);
    if (name === '') return { buffers: handshake.length > 0 ? handshake : [NOTHING], isFree: true };
    if (this.#refused !== undefined) return { buffers: [...handshake, writeError(this.#refused)], isFree: true };
    const { at } = reader;
    if (name === 'appendBatch') {
      const events = checkEvents(reader, this.#limits);
      reader.end();
      return this.#stored(blockOfEvents(payload.subarray(at)), events, handshake);
    }
    if (name === 'append') {
      checkEvent(reader, this.#limits);
      reader.end();
      return this.#stored(blockOfEvent(payload.subarray(at)), 1, handshake);
    }
    return { buffers: [...handshake, writeError(`there is no message ${name}`)], isFree: true };
  }

  #handshake(reader: AvroReader): Buffer {
    if (++this.#handshakes > MAX_HANDSHAKES)
      throw malformed('the protocol of the client', 'its hash alone, again and again');
    const { match, refused } = this.#clients.judge(readHandshakeRequest(reader));
    this.#isKnown = match !== 'NONE';
    if (refused !== undefined && this.#refused === undefined) {
      this.#host.report('PEER_REFUSED', `a client cannot be served: ${refused}.`, { count: 1 });
      this.#refused = refused;
    }
    return writeHandshakeResponse(match, this.#clients.server);
  }

  async #stored(parts: readonly Uint8Array[], records: number, handshake: readonly Buffer[]): Promise<PushReply> {
    if (records === 0) return { buffers: [...handshake, OK], isFree: true };
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    try {
      await this.#turns.take(bytes, () => this.#host.store({ parts, records }));
      return { buffers: [...handshake, OK], isFree: true };
    } catch (error) {
      // Whoever fails for want of room has kept nothing of it; in other cases somebody may still be writing it.
      const isFree = isStreamError(error, 'BUFFER_FULL');
      // A reason that will not pass is said, so that it is in the agent's log.
      const answer =
        isFree && error.retriable ? FAILED : writeError(`the events could not be stored: ${reasonOf(error)}`);
      return { buffers: [...handshake, answer], isFree };
    }
  }
}
