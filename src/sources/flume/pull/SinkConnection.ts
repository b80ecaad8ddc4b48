import { connect, type Socket } from 'node:net';
import { AvroReader } from '../../../drivers/flume/avro/AvroReader.ts';
import type { AvroWriter } from '../../../drivers/flume/avro/AvroWriter.ts';
import { malformed } from '../../../drivers/flume/avro/malformed.ts';
import { writeCall } from '../../../drivers/flume/ipc/calls.ts';
import { SPARK_SINK_PROTOCOL } from '../../../drivers/flume/ipc/sparkSinkProtocol.ts';
import { type Pack, PackParser } from '../../../drivers/flume/netty/PackParser.ts';
import { packOf } from '../../../drivers/flume/netty/packOf.ts';
import type { Waits } from '../../Waits.ts';
import { type EventBatch, readEventBatch, readNothing, SinkError } from './eventBatch.ts';
import type { PullSettings } from './PullSettings.ts';
import { readSinkHandshake, sinkHandshake } from './sinkHandshake.ts';

/** Where a sink listens. */
export interface SinkAddress {
  readonly host: string;
  readonly port: number;
}

/** Java sends buffers of 8 KiB, and a few small ones. */
const LEAST_BUFFER_BYTES = 1024;
const LEAST_BUFFERS = 65_536;
const KEEP_ALIVE_MS = 30_000;

interface Call {
  readonly serial: number;
  /** Makes the answer of its bytes; throws what the caller gets, and a `DATA_CORRUPT` ends the connection too. */
  readonly read: (reader: AvroReader) => void;
  readonly fail: (reason: Error) => void;
}

/**
 * A connection to one sink: one call at a time. The sink reads nothing more from a connection on which a `getEventBatch` waits for
 * events, so there is no other order than get, answer for it, get.
 *
 * A call is rejected when the connection ends, and the connection ends when an answer is not one.
 */
export class SinkConnection {
  readonly #socket: Socket;
  readonly #settings: PullSettings;
  readonly #parser: PackParser;
  #serial = 0;
  #call: Call | undefined;
  /** The last answer, whose memory may still be looked at. */
  #given: Pack | undefined;
  #ended: Error | undefined;
  #get: Promise<EventBatch> | undefined;
  /** Whose turn it is to leave, if anybody's. */
  #lingering: object | undefined;

  private constructor(address: SinkAddress, settings: PullSettings) {
    const { maxMessageBytes } = settings;
    this.#settings = settings;
    this.#parser = new PackParser({
      maxMessageBytes,
      maxBuffers: Math.max(LEAST_BUFFERS, Math.ceil(maxMessageBytes / LEAST_BUFFER_BYTES)),
    });
    this.#socket = connect({
      ...address,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    this.#socket.on('data', (chunk) => this.#came(chunk));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('end', () => this.#end(new Error('the agent has closed the connection')));
    this.#socket.on('close', () => this.#end(new Error('the connection is closed')));
  }

  /** Connects and shakes hands; given up when `signal` is aborted. */
  static async open(
    address: SinkAddress,
    settings: PullSettings,
    waits: Waits,
    signal: AbortSignal,
  ): Promise<SinkConnection> {
    const connection = new SinkConnection(address, settings);
    const giveUp = (): void => connection.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const { connectTimeoutMs, replyTimeoutMs } = settings;
      await inTime(waits, connectTimeoutMs, connection.#connected(), 'no connection');
      await inTime(waits, replyTimeoutMs, connection.#shakeHands(), 'no answer to the handshake');
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether the answer to a `getEventBatch` is still to come. */
  get isAsked(): boolean {
    return this.#get !== undefined && this.#ended === undefined;
  }

  /**
   * At most so many events, as soon as there are any: that may take for ever. If the sink was asked before and has not answered, this is
   * that answer.
   */
  getEventBatch(most: number): Promise<EventBatch> {
    this.#lingering = undefined;
    this.#socket.ref();
    this.#get ??= this.#ask([writeCall('getEventBatch', (writer) => writer.long(most))], (reader) =>
      readEventBatch(reader, this.#settings),
    ).finally(() => {
      this.#get = undefined;
    });
    return this.#get;
  }

  /** The events of a batch are safe. Their bytes are not looked at any more: the next batch may have their memory. */
  ack(sequence: string, waits: Waits): Promise<void> {
    return this.#tell('ack', sequence, waits);
  }

  /** The events of a batch are to come again; nor are their bytes. */
  nack(sequence: string, waits: Waits): Promise<void> {
    return this.#tell('nack', sequence, waits);
  }

  /**
   * Leaves a get alone that cannot be taken back: if the connection ended now, the sink would take events for nobody. It stays without
   * keeping the process alive, gives back what comes, and ends; or `getEventBatch` takes it up again. `left` is told when it is over.
   */
  linger(left: () => void): void {
    const turn = {};
    this.#lingering = turn;
    this.#socket.unref();
    const leave = (): void => {
      if (this.#lingering !== turn) return;
      left();
      this.close();
    };
    const giveBack = ({ sequence }: EventBatch): void => {
      if (this.#lingering !== turn) return;
      if (sequence === '') return leave();
      left();
      this.#ask([sequenceCall('nack', sequence)], readNothing).then(leave, leave);
    };
    this.#get?.then(giveBack, leave);
  }

  close(reason: Error = new Error('the connection was given up')): void {
    this.#end(reason);
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#call = { serial: 0, read: () => undefined, fail: reject };
      this.#socket.once('connect', () => {
        this.#call = undefined;
        resolve();
      });
    });
  }

  /** With a ping behind it, which is answered at once: a get would be answered with its first events. */
  async #shakeHands(): Promise<void> {
    const ping = writeCall('', () => undefined);
    const shake = (hash: Buffer, withText: boolean): Promise<'accepted' | Buffer> =>
      this.#ask([sinkHandshake(hash, withText), ping], readSinkHandshake);
    const first = await shake(SPARK_SINK_PROTOCOL.hash, false);
    if (first === 'accepted') return;
    const second = await shake(first, true);
    if (second !== 'accepted') throw malformed('a handshake', 'NONE to the text of the protocol too');
  }

  #tell(message: 'ack' | 'nack', sequence: string, waits: Waits): Promise<void> {
    const { replyTimeoutMs } = this.#settings;
    const answer = this.#ask([sequenceCall(message, sequence)], readNothing);
    return inTime(waits, replyTimeoutMs, answer, `no answer to ${message}`);
  }

  #ask<T>(buffers: readonly Uint8Array[], read: (reader: AvroReader) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      if (this.#given !== undefined) this.#parser.reuse(this.#given);
      this.#given = undefined;
      this.#serial = (this.#serial + 1) | 0;
      this.#call = { serial: this.#serial, read: (reader) => resolve(read(reader)), fail: reject };
      this.#socket.write(packOf(this.#serial, buffers));
    });
  }

  #came(chunk: Buffer): void {
    if (this.#ended !== undefined) return;
    try {
      this.#parser.push(chunk);
      for (let pack = this.#parser.next(); pack !== undefined; pack = this.#parser.next()) {
        const call = this.#call;
        if (call?.serial !== pack.serial) throw malformed('the answer to a call', `one with the number ${pack.serial}`);
        this.#call = undefined;
        this.#given = pack;
        this.#answered(call, pack.payload);
      }
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #answered(call: Call, payload: Buffer): void {
    try {
      call.read(new AvroReader(payload));
    } catch (error) {
      call.fail(error as Error);
      if (!(error instanceof SinkError)) throw error;
    }
  }

  #end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#call?.fail(reason);
    this.#call = undefined;
    this.#socket.destroy();
  }
}

function sequenceCall(message: 'ack' | 'nack', sequence: string): Buffer {
  return writeCall(message, (writer: AvroWriter) => writer.text(sequence));
}

/** Rejects when it takes too long. */
async function inTime(waits: Waits, ms: number, work: Promise<void>, otherwise: string): Promise<void> {
  const isInTime = await waits.within(
    ms,
    work.then(() => true),
  );
  if (isInTime === undefined) throw new Error(`${otherwise} within ${ms} ms`);
}
