import { isStreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import { blockOfEvents } from '../../../drivers/flume/events/eventBlock.ts';
import type { ReceiverHost } from '../../receiver/Receiver.ts';
import type { Waits } from '../../Waits.ts';
import type { Agent } from './Agent.ts';
import type { EventBatch } from './eventBatch.ts';
import { orAborted } from './orAborted.ts';
import type { PullSettings } from './PullSettings.ts';
import { SinkConnection } from './SinkConnection.ts';

/** How long to leave an agent alone that gave a batch of nothing, or one that found no room, in milliseconds. */
const SHORT_PAUSE_MS = 100;
/** A batch with an error occupies one of a sink's threads for its timeout: with as many as a sink has by default there is always another one. */
const SINK_THREADS = 10;

/** What a {@link Puller} works with. */
export interface PullerParts {
  readonly agent: Agent;
  readonly settings: PullSettings;
  readonly host: ReceiverHost;
  /** For answers of the agent; it ends when everything has. */
  readonly waits: Waits;
  /** For everything that is not worth waiting for once the receiver stops. */
  readonly pauses: Waits;
}

/** One line of work with one agent: get a batch, store it, acknowledge it, get the next. A connection that breaks is made again. */
export class Puller {
  readonly #parts: PullerParts;
  /** Tries that failed in a row. */
  #failures = 0;
  /** Batches in a row that could not be stored, or were none. */
  #setbacks = 0;
  /** The room that the next batch will take, as far as the last one tells. */
  #expectedBytes = 1;
  /** How many events that last one had. */
  #lastCount = 0;
  #leave: (() => unknown) | undefined;
  #hasLeft = false;
  #isDone = false;

  constructor(parts: PullerParts) {
    this.#parts = parts;
  }

  /** Works until the receiver stops; what it has in hand then is stored and acknowledged. */
  async run(): Promise<void> {
    const { agent } = this.#parts;
    while (!this.#isOver) {
      try {
        await this.#pullFrom(agent.takeUp() ?? (await this.#connect()));
      } catch (error) {
        if (!this.#isOver) await this.#backOff(error);
      }
    }
  }

  /** Waits no longer for the answer to a get. */
  leave(): void {
    this.#hasLeft = true;
    this.#leave?.();
  }

  get #isOver(): boolean {
    return this.#isDone || this.#parts.pauses.over;
  }

  async #connect(): Promise<SinkConnection> {
    const { agent, settings, waits, pauses, host } = this.#parts;
    const connection = await SinkConnection.open(agent.address, settings, waits, pauses.signal);
    const count = this.#failures;
    if (count > 0) {
      const failures = count === 1 ? 'failure' : 'failures';
      host.report('RECONNECTED', `connected to ${agent.name} after ${count} ${failures}.`, { count });
    }
    return connection;
  }

  async #pullFrom(connection: SinkConnection): Promise<void> {
    try {
      while (!this.#isOver) {
        if (!connection.isAsked && !(await this.#hasRoom())) return;
        const batch = await this.#nextBatch(connection);
        if (batch === undefined) return;
        this.#failures = 0;
        await this.#take(connection, batch);
      }
    } finally {
      if (connection.isAsked) this.#parts.agent.leave(connection);
      else connection.close();
    }
  }

  /** Waits until the log has room for what may come; answers whether to ask for it. */
  async #hasRoom(): Promise<boolean> {
    const { host, pauses } = this.#parts;
    if (host.hasRoom(this.#expectedBytes)) return !this.#isOver;
    try {
      await orAborted(host.room(this.#expectedBytes), pauses.signal);
    } catch (error) {
      this.#neverFits(error);
    }
    return !this.#isOver;
  }

  /** The last batch was more than the log ever takes. A smaller one may fit; one event does not get smaller. */
  #neverFits(error: unknown): void {
    if (this.#lastCount === 1) return this.#fail(error);
    this.#parts.agent.size.shrink(this.#lastCount);
    this.#expectedBytes = 1;
  }

  /** The next batch; `undefined` when nobody waits for it any more. */
  #nextBatch(connection: SinkConnection): Promise<EventBatch | undefined> {
    const { agent, settings, waits } = this.#parts;
    const { batchTimeoutMs } = settings;
    if (this.#hasLeft || (this.#isOver && !connection.isAsked)) return Promise.resolve(undefined);
    return new Promise<EventBatch | undefined>((resolve, reject) => {
      // One that has been answered is on its way here.
      this.#leave = () => connection.isAsked && resolve(undefined);
      const late = (): void => connection.close(new Error(`no events within ${batchTimeoutMs} ms`));
      const cancel = batchTimeoutMs === Number.POSITIVE_INFINITY ? undefined : waits.after(batchTimeoutMs, late);
      const failed = (error: unknown): void => {
        if (isStreamError(error, 'DATA_CORRUPT')) agent.size.shrink();
        reject(error);
      };
      connection.getEventBatch(agent.size.most).finally(cancel).then(resolve, failed);
    });
  }

  async #take(connection: SinkConnection, batch: EventBatch): Promise<void> {
    const { waits, host, agent, settings } = this.#parts;
    if (batch.error !== '') return this.#wasRefused(batch.error);
    const since = waits.now;
    if (batch.count > 0 && !(await this.#isStored(batch))) {
      await connection.nack(batch.sequence, waits);
      return this.#setBack();
    }
    await connection.ack(batch.sequence, waits);
    if (batch.count === 0) return this.#setBack();
    this.#setbacks = 0;
    agent.size.grow();
    const heldMs = waits.now - since;
    if (heldMs < settings.sinkTimeoutMs) return;
    const what = `${batch.count} events of ${agent.name} were acknowledged after ${heldMs} ms`;
    const why = `its sink waits ${settings.sinkTimeoutMs} ms and has given them back to its channel: they come again`;
    host.report('LOG_SLOW', `${what}; ${why}.`, { count: batch.count });
  }

  /** Whether the batch is safe. If not, it is to be given back. */
  async #isStored({ events, count }: EventBatch): Promise<boolean> {
    this.#expectedBytes = events.length;
    this.#lastCount = count;
    try {
      await this.#parts.host.store({ parts: blockOfEvents(events), records: count });
      return true;
    } catch (error) {
      if (!isStreamError(error, 'BUFFER_FULL')) this.#fail(error);
      else if (!error.retriable) this.#neverFits(error);
      else if (this.#setbacks > 0) this.#parts.agent.size.shrink(count);
      return false;
    }
  }

  /** The agent could not give events, and says so in the place of some. */
  async #wasRefused(error: string): Promise<void> {
    const { agent, settings, host, pauses } = this.#parts;
    const asked = agent.size.most;
    const capacity = Number(/capacity (\d+)/.exec(error)?.[1] ?? Number.NaN);
    const text = `${agent.name} gave no events: ${error.slice(0, 1000)}`;
    if (agent.size.capAt(capacity)) {
      const advice = `Set maxEventsPerBatch, or the transactionCapacity of its channel; those it tried to give come again after its timeout`;
      host.report(
        'SOURCE_UNAVAILABLE',
        `${text}. It is asked for ${capacity} at once from now on, not ${asked}. ${advice}.`,
      );
      return;
    }
    const pauseMs = this.#longer(settings.sinkTimeoutMs / SINK_THREADS);
    host.report('SOURCE_UNAVAILABLE', `${text}. It is asked again in ${pauseMs} ms.`, { details: { pauseMs } });
    await ended(pauses.pause(pauseMs));
  }

  async #setBack(): Promise<void> {
    const { pauses, settings } = this.#parts;
    if (!this.#isOver) await ended(pauses.pause(this.#longer(settings.maxDelayMs)));
  }

  /** A pause that doubles with every setback in a row. */
  #longer(most: number): number {
    const pauseMs = Math.min(most, SHORT_PAUSE_MS * 2 ** this.#setbacks);
    this.#setbacks++;
    return Math.round(pauseMs);
  }

  /** Waits before the next try: longer after each failure in a row, and never as long as the others that failed with it. */
  async #backOff(error: unknown): Promise<void> {
    const { agent, settings, host, pauses } = this.#parts;
    const { firstDelayMs, maxDelayMs } = settings;
    const longest = Math.min(maxDelayMs, firstDelayMs * 2 ** this.#failures);
    const delayMs = Math.round(longest * (0.5 + Math.random() / 2));
    this.#failures++;
    const count = this.#failures;
    const message = `${agent.name}: ${reasonOf(error)}; connects again in ${delayMs} ms.`;
    host.report('RECONNECTING', message, {
      cause: error,
      count,
      details: { agent: agent.name, attempt: count, delayMs },
    });
    await ended(pauses.pause(delayMs));
  }

  /** Nothing can be stored any more. */
  #fail(error: unknown): void {
    this.#isDone = true;
    this.#parts.host.end(error);
  }
}

/** A pause, or the end of all pauses. */
async function ended(pause: Promise<void>): Promise<void> {
  await pause.catch(() => undefined);
}
