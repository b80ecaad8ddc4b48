import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../../../scripts/services/ports.ts';
import { appendBatch, HANDSHAKE, OK } from '../../sources/flume/push/messages.ts';
import { RawAgent } from '../../sources/flume/push/RawAgent.ts';
import { END, type Outside } from './receiverKills.ts';

/** Events of one call. */
const BATCH = 7;

/**
 * What an Avro sink of Flume does, without its pause of five seconds: sends a batch, and the same again on another connection until it is
 * told OK.
 */
export class PushingAgent implements Outside {
  readonly settings: { readonly port: number };
  readonly given: Map<string, number> = new Map();
  readonly acknowledged: Set<string> = new Set();
  #next = 0;
  #isFinished = false;
  #isClosed = false;
  readonly #pushing: Promise<void>;

  private constructor(port: number) {
    this.settings = { port };
    this.#pushing = this.#push();
  }

  static async start(): Promise<PushingAgent> {
    const [port] = (await freePorts(1)) as [number];
    return new PushingAgent(port);
  }

  finish(): void {
    this.#isFinished = true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pushing;
  }

  async #push(): Promise<void> {
    let batch: readonly string[] = [];
    while (!this.#isClosed) {
      const agent = await RawAgent.connect(this.settings.port).catch(() => undefined);
      for (let serial = 1; agent !== undefined && !this.#isClosed; serial++) {
        if (batch.length === 0) batch = this.#taken();
        if (!(await this.#isSafe(agent, serial, batch))) break;
        for (const text of batch) if (text !== END) this.acknowledged.add(text);
        if (batch.includes(END)) return;
        batch = [];
      }
      agent?.close();
      await pause(5);
    }
  }

  async #isSafe(agent: RawAgent, serial: number, batch: readonly string[]): Promise<boolean> {
    for (const text of batch) this.given.set(text, (this.given.get(text) ?? 0) + 1);
    const reply = await agent.call(serial, ...(serial === 1 ? [HANDSHAKE] : []), appendBatch(...batch));
    return reply?.subarray(-OK.length).equals(OK) === true;
  }

  #taken(): readonly string[] {
    if (this.#isFinished) return [END];
    return Array.from({ length: BATCH }, () => `event-${this.#next++}`);
  }
}
