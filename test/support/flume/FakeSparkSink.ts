import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { bytes, events, javaBuffers, pack, type WrittenEvent } from './avroBytes.ts';

const HASH = Buffer.from('45f3c2c4aa53244ceaacda6731dedffb', 'hex');
const MESSAGES = ['getEventBatch', 'ack', 'nack'] as const;

/** A call as the sink got it; `argument`: how many events, or the sequence number. */
export interface SinkCall {
  readonly connection: number;
  readonly name: (typeof MESSAGES)[number];
  readonly argument: string;
}

/**
 * What the sink does with a call instead of answering it: stay silent or cut the connection, before the call has had its effect
 * or after it; answer `late`, when `release` is called; refuse with an error batch; answer an Avro error; or answer these bytes of a response (no frame), or of a frame.
 */
export type Misdeed =
  | 'silence'
  | 'cut'
  | 'silence after'
  | 'cut after'
  | 'late'
  | { readonly errorBatch: string }
  | { readonly avroError: string }
  | { readonly response: Uint8Array }
  | { readonly wire: Uint8Array };

interface PendingGet {
  readonly link: Link;
  readonly serial: number;
  readonly most: number;
}

/**
 * A SparkSink in memory, with the manners of the real one: a get waits for the first event, events that are out come back by nack or
 * when their time is over, before all others and under a new number, and an answer to an acknowledgement says nothing. Time does
 * not pass in it: `expire` says which batch's time is over.
 */
export class FakeSparkSink {
  readonly calls: SinkCall[] = [];
  /** The events whose batches were acknowledged, in this order. */
  readonly committed: WrittenEvent[] = [];
  /** What is out and not answered for, by its number. */
  readonly out: Map<string, WrittenEvent[]> = new Map();
  readonly channel: WrittenEvent[] = [];
  /** How the handshake is answered: `NONE` to a client that has not sent its protocol. */
  match: 'BOTH' | 'CLIENT' | 'NONE' = 'BOTH';
  /** The text of its protocol, where that has to be told. */
  protocol = '{"protocol":"SparkFlumeProtocol","messages":{"getEventBatch":{},"ack":{},"nack":{}}}';
  /** Of the handshakes, in order: whether the client sent the text of its protocol. */
  readonly handshakes: ('hash' | 'text')[] = [];
  /** What is done with the next handshake. */
  handshakeMisdeed: 'silence' | 'cut' | { readonly wire: Uint8Array } | undefined;
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  readonly #links: Link[] = [];
  readonly #misdeeds: { readonly name: SinkCall['name']; readonly misdeed: Misdeed }[] = [];
  readonly #waiting: PendingGet[] = [];
  readonly #late: (() => void)[] = [];
  #sequence = 0;

  static async start(port = 0): Promise<FakeSparkSink> {
    const sink = new FakeSparkSink();
    sink.#server.listen(port, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections have come. */
  get connections(): number {
    return this.#links.length;
  }

  /** How many connections are there. */
  get connected(): number {
    return this.#links.filter(({ socket }) => !socket.destroyed).length;
  }

  put(...written: readonly WrittenEvent[]): void {
    this.channel.push(...written);
    this.#serve();
  }

  /** The next call of this name is done wrong. */
  next(name: SinkCall['name'], misdeed: Misdeed): void {
    this.#misdeeds.push({ name, misdeed });
  }

  called(name: SinkCall['name']): string[] {
    return this.calls.filter((call) => call.name === name).map(({ argument }) => argument);
  }

  /** The time of a batch is over: its events come again. */
  expire(sequence: string): void {
    const back = this.out.get(sequence) ?? [];
    this.out.delete(sequence);
    this.channel.unshift(...back);
    this.#serve();
  }

  /** Sends the answers that are late. */
  release(): void {
    for (const answer of this.#late.splice(0)) answer();
  }

  /** Closes the connections, as an agent that dies. */
  cutAll(): void {
    for (const { socket } of this.#links) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cutAll();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(socket: Socket): void {
    const link = new Link(socket, this.#links.length, (serial, payload) => this.#called(link, serial, payload));
    this.#links.push(link);
  }

  #called(link: Link, serial: number, payload: Buffer): void {
    let at = 0;
    if (!link.hasShaken) {
      const end = this.#shaken(link, serial, payload);
      if (end === undefined) return;
      at = end;
    }
    if (payload[at] !== 0) throw new Error(`expected empty meta data, got ${payload.subarray(at).toString('hex')}`);
    const nameLength = (payload[at + 1] ?? 0) / 2;
    const name = payload.toString('latin1', at + 2, at + 2 + nameLength);
    at += 2 + nameLength;
    if (name === '') return link.answer(serial);
    if (name === 'getEventBatch') return this.#get(link, serial, readLong(payload, at).value);
    const sequence = payload.toString('latin1', at + 1);
    if (name !== 'ack' && name !== 'nack') throw new Error(`an unknown message: ${name}`);
    this.#told(link, serial, name, sequence);
  }

  /** Where the call behind the handshake begins; nothing if the handshake is all that is answered. */
  #shaken(link: Link, serial: number, payload: Buffer): number | undefined {
    if (!payload.subarray(0, 16).equals(HASH)) throw new Error('expected the hash of the released protocol');
    const misdeed = this.handshakeMisdeed;
    this.handshakeMisdeed = undefined;
    const hasText = payload[16] === 2;
    const text = hasText ? readLong(payload, 17) : { value: 0, at: 17 };
    this.handshakes.push(hasText ? 'text' : 'hash');
    if (misdeed === 'cut') link.socket.destroy();
    else if (typeof misdeed === 'object') link.socket.write(misdeed.wire);
    if (misdeed !== undefined) return undefined;
    const afterText = text.at + text.value;
    const afterHash = afterText + 16;
    const at = payload[afterHash] === 0 ? afterHash + 1 : afterHash + 2;
    const theirs = [Buffer.from([2]), bytes(this.protocol), Buffer.from([2]), Buffer.alloc(16, 7)];
    if (this.match === 'NONE' && !hasText) {
      link.answer(serial, Buffer.concat([Buffer.from([4]), ...theirs, Buffer.from([0])]));
      return undefined;
    }
    link.hasShaken = true;
    const isClient = this.match === 'CLIENT';
    link.prelude = [isClient ? Buffer.concat([Buffer.from([2]), ...theirs, Buffer.from([0])]) : Buffer.alloc(4)];
    return at;
  }

  #get(link: Link, serial: number, most: number): void {
    this.calls.push({ connection: link.number, name: 'getEventBatch', argument: String(most) });
    const misdeed = this.#misdeed('getEventBatch');
    if (misdeed !== undefined && this.#does(link, serial, misdeed)) return;
    this.#waiting.push({ link, serial, most });
    this.#serve();
  }

  #told(link: Link, serial: number, name: 'ack' | 'nack', sequence: string): void {
    this.calls.push({ connection: link.number, name, argument: sequence });
    const misdeed = this.#misdeed(name);
    if (misdeed !== undefined && this.#does(link, serial, misdeed)) return;
    const taken = this.out.get(sequence) ?? [];
    this.out.delete(sequence);
    if (name === 'ack') this.committed.push(...taken);
    else this.channel.unshift(...taken);
    const answer = (): void => link.answer(serial, Buffer.alloc(0), Buffer.from([0]), Buffer.from([0]));
    if (misdeed === 'cut after') link.socket.destroy();
    else if (misdeed === 'late') this.#late.push(answer);
    else if (misdeed !== 'silence after') answer();
    this.#serve();
  }

  #misdeed(name: SinkCall['name']): Misdeed | undefined {
    const at = this.#misdeeds.findIndex((planned) => planned.name === name);
    return at < 0 ? undefined : this.#misdeeds.splice(at, 1)[0]?.misdeed;
  }

  /** Answers whether that was all. */
  #does(link: Link, serial: number, misdeed: Misdeed): boolean {
    if (misdeed === 'silence after' || misdeed === 'cut after' || misdeed === 'late') return false;
    if (misdeed === 'cut') link.socket.destroy();
    else if (misdeed !== 'silence') {
      if ('wire' in misdeed) link.socket.write(misdeed.wire);
      else if ('response' in misdeed) link.answer(serial, misdeed.response);
      else if ('avroError' in misdeed) link.answer(serial, Buffer.from([0, 1, 0]), bytes(misdeed.avroError));
      else link.answer(serial, Buffer.from([0, 0]), bytes(misdeed.errorBatch), Buffer.from([0, 0]));
    }
    return true;
  }

  /** Gives what there is to those who wait, also to one who is gone: the sink does not know. */
  #serve(): void {
    while (this.#waiting.length > 0 && this.channel.length > 0) {
      const { link, serial, most } = this.#waiting.shift() as PendingGet;
      const taken = this.channel.splice(0, most);
      const sequence = `abcdefgh${++this.#sequence}`;
      this.out.set(sequence, taken);
      const result = Buffer.concat([Buffer.from([0]), bytes(''), bytes(sequence), events(taken)]);
      link.answer(serial, Buffer.alloc(0), Buffer.from([0]), ...javaBuffers(result));
    }
  }
}

/** One connection: whole messages from its bytes. */
class Link {
  readonly socket: Socket;
  readonly number: number;
  hasShaken = false;
  /** What the next answer begins with. */
  prelude: readonly Uint8Array[] = [];
  #held: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, number: number, called: (serial: number, payload: Buffer) => void) {
    this.socket = socket;
    this.number = number;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      for (let message = this.#message(); message !== undefined; message = this.#message()) {
        called(message.serial, message.payload);
      }
    });
  }

  answer(serial: number, ...buffers: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(pack(serial, ...this.prelude, ...buffers));
    this.prelude = [];
  }

  #message(): { serial: number; payload: Buffer } | undefined {
    const held = this.#held;
    if (held.length < 8) return undefined;
    const count = held.readInt32BE(4);
    const buffers: Buffer[] = [];
    let at = 8;
    for (let n = 0; n < count; n++) {
      if (held.length < at + 4) return undefined;
      const end = at + 4 + held.readInt32BE(at);
      if (held.length < end) return undefined;
      buffers.push(held.subarray(at + 4, end));
      at = end;
    }
    this.#held = held.subarray(at);
    return { serial: held.readInt32BE(0), payload: Buffer.concat(buffers) };
  }
}

function readLong(from: Buffer, start: number): { value: number; at: number } {
  let raw = 0;
  let at = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = from[at++] ?? 0;
    raw += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value: raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2, at };
  }
}
