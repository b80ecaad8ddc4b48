import { connect as connectTcp, type Socket } from 'node:net';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Milliseconds } from '../../core/durations.ts';

const KEEP_ALIVE_MS = 30_000;

/** Where to connect to, and how persistently. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: Milliseconds;
  readonly firstDelayMs: Milliseconds;
  readonly maxDelayMs: Milliseconds;
}

/** Whom a {@link Connection} tells. */
export interface ConnectionListener {
  connected(): void;
  data(chunk: Buffer): void;
  /** The connection is over; `clean`: the peer has ended it. Answers whether to connect again. */
  closed(reason: Error, clean: boolean): boolean;
  /** The next try comes after so many milliseconds. */
  retries(reason: Error, attempt: number, delayMs: number): void;
}

/** A TCP connection that is made again, after a delay that doubles with each failure, until it is closed. */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #scheduler: SchedulerLike;
  readonly #listener: ConnectionListener;
  #socket: Socket | undefined;
  #timer: Subscription | undefined;
  #failures = 0;
  #isPaused = false;
  #isClosed = false;

  constructor(settings: ConnectionSettings, scheduler: SchedulerLike, listener: ConnectionListener) {
    this.#settings = settings;
    this.#scheduler = scheduler;
    this.#listener = listener;
    this.#connect();
  }

  /** Whether nothing is read: the peer is held up by TCP. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** What has come so far made sense: the next failure is the first again. */
  succeeded(): void {
    this.#failures = 0;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** Gives this connection up for a reason; another one is made. */
  giveUp(reason: Error): void {
    this.#socket?.destroy(reason);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    this.#socket?.destroy();
  }

  #connect(): void {
    const { host, port, connectTimeoutMs } = this.#settings;
    const socket = connectTcp({ host, port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    let reason: Error | undefined;
    let hasEnded = false;
    this.#socket = socket;
    if (this.#isPaused) socket.pause();
    const timeout = new Error(`no connection within ${connectTimeoutMs} ms`);
    this.#timer = this.#scheduler.schedule(() => socket.destroy(timeout), connectTimeoutMs);
    socket.on('connect', () => {
      this.#timer?.unsubscribe();
      this.#listener.connected();
    });
    socket.on('data', (chunk) => {
      if (!this.#isClosed && !socket.destroyed) this.#listener.data(chunk);
    });
    socket.on('end', () => {
      hasEnded = true;
    });
    socket.on('error', (error) => {
      reason = error;
    });
    socket.on('close', () =>
      this.#closed(reason ?? new Error('the peer has ended the stream'), hasEnded && reason === undefined),
    );
  }

  #closed(reason: Error, clean: boolean): void {
    this.#timer?.unsubscribe();
    this.#socket = undefined;
    if (this.#isClosed || !this.#listener.closed(reason, clean)) return;
    const { firstDelayMs, maxDelayMs } = this.#settings;
    const delay = Math.min(maxDelayMs, firstDelayMs * 2 ** this.#failures);
    this.#failures++;
    this.#listener.retries(reason, this.#failures, delay);
    this.#timer = this.#scheduler.schedule(() => this.#connect(), delay);
  }
}
