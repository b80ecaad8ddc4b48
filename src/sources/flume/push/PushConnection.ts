import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { reasonOf } from '../../../core/reasonOf.ts';
import { type Pack, type PackLimits, PackParser } from '../../../drivers/flume/netty/PackParser.ts';
import { packOf } from '../../../drivers/flume/netty/packOf.ts';
import type { InFlight, MemoryUser } from './InFlight.ts';
import { type LayerRules, openLayers } from './openLayers.ts';
import type { PushCalls, PushReply } from './PushCalls.ts';

/** What a connection needs to know. */
export interface ConnectionSettings {
  readonly limits: PackLimits;
  readonly layers: LayerRules;
  readonly calls: PushCalls;
  readonly inFlight: InFlight;
  now(): number;
  /** The connection was ended for what its peer did. `isMalformed`: it broke the protocol. */
  refused(reason: string, isMalformed: boolean): void;
}

/**
 * What a connection does: waits for a message (`idle`), has a part of one or of a handshake (`inside`), waits for room to take the rest in
 * (`held`), has one that is being stored (`busy`), waits until the peer takes replies (`replying`), or has sent the last one (`ending`).
 */
export type ConnectionState = 'idle' | 'inside' | 'held' | 'busy' | 'replying' | 'ending';

/** One connection of an agent: a message is stored and answered before the next one is looked at. */
export class PushConnection implements MemoryUser {
  readonly peer: string;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #parser: PackParser;
  #stream: Duplex | undefined;
  #state: ConnectionState = 'idle';
  #since: number;
  #isDraining = false;
  #isOver = false;

  constructor(socket: Socket, settings: ConnectionSettings) {
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#socket = socket;
    this.#settings = settings;
    this.#parser = new PackParser(settings.limits);
    this.#since = settings.now();
    socket.on('error', () => {}); // a peer that goes away comes again; what it did not get an answer for comes too
    socket.on('close', () => {
      this.#isOver = true;
      settings.inFlight.hasEnough(this, 0);
    });
    openLayers(socket, settings.layers, {
      begun: () => this.#is('inside'),
      shaken: () => this.#is('idle'),
      failed: (reason) => this.refuse(reason),
      opened: (stream, first) => this.#open(stream, first),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Since when it is in this state. */
  get since(): number {
    return this.#since;
  }

  /** Nothing more is read until {@link resume}. */
  pause(): void {
    this.#is('held');
    this.#stream?.pause();
  }

  resume(): void {
    this.#is('inside');
    this.#work();
  }

  /** Stores and acknowledges what has come whole, then ends. */
  drain(): void {
    this.#isDraining = true;
    this.#stream?.pause();
    if (this.#state !== 'busy' && this.#state !== 'replying' && this.#state !== 'ending') this.#end();
  }

  /** Ends at once, for what the peer did. */
  refuse(reason: string, isMalformed = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settings.refused(`${this.peer}: ${reason}`, isMalformed);
    this.destroy();
  }

  destroy(): void {
    this.#isOver = true;
    this.#stream?.destroy();
    this.#socket.destroy();
  }

  #open(stream: Duplex, first: Buffer): void {
    if (this.#isDraining) return this.#end();
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#received(chunk));
    stream.on('drain', () => this.#drained());
    stream.resume();
    this.#received(first);
  }

  #received(chunk: Buffer): void {
    if (this.#isOver || this.#state === 'ending') return;
    this.#parser.push(chunk);
    if (this.#state === 'idle' || this.#state === 'inside') this.#work();
    else this.#stream?.pause(); // one chunk ahead is enough
  }

  /** Answers all messages that are there, one after the other. */
  #work(): void {
    try {
      for (let isFirst = true; ; isFirst = false) {
        const pack = this.#parser.next();
        if (pack === undefined) return this.#waitForMore(isFirst);
        const reply = this.#settings.calls.answer(pack.payload);
        if (reply instanceof Promise) return this.#waitFor(pack, reply);
        if (!this.#send(pack, reply)) return;
      }
    } catch (error) {
      this.refuse(reasonOf(error), true);
    }
  }

  #waitFor(pack: Pack, reply: Promise<PushReply>): void {
    this.#is('busy');
    this.#settings.inFlight.hasEnough(this, this.#parser.held + pack.payload.buffer.byteLength);
    reply
      .then((ready) => {
        if (this.#send(pack, ready)) this.#work();
      })
      .catch((error) => this.refuse(reasonOf(error)));
  }

  /** Answers `false` if nothing is to be looked at for now: the peer is gone, or has to take earlier replies first. */
  #send(pack: Pack, { buffers, isFree }: PushReply): boolean {
    if (isFree) this.#parser.reuse(pack);
    const stream = this.#stream as Duplex;
    if (!stream.writable) this.destroy();
    else if (stream.write(packOf(pack.serial, buffers))) return true;
    else this.#is('replying');
    return false;
  }

  #drained(): void {
    if (this.#state === 'replying') this.#work();
  }

  /** `isSame`: for the rest of the message for which it waited before. */
  #waitForMore(isSame: boolean): void {
    if (this.#isDraining) return this.#end();
    const { inFlight } = this.#settings;
    if (this.#parser.isInside) {
      if (this.#state !== 'inside' || !isSame) this.#is('inside');
      inFlight.needs(this, this.#parser.held);
    } else {
      this.#is('idle');
      if (inFlight.isTight) this.#parser.forget();
      inFlight.hasEnough(this, this.#parser.held);
    }
    if (this.#state !== 'held') this.#stream?.resume();
  }

  #end(): void {
    this.#is('ending');
    this.#settings.inFlight.hasEnough(this, 0);
    const stream = this.#stream ?? this.#socket;
    stream.end();
    stream.resume(); // what still comes is not looked at, but its end has to be seen
  }

  #is(state: ConnectionState): void {
    this.#state = state;
    this.#since = this.#settings.now();
  }
}
