import { visitEvents } from '../../../drivers/flume/events/eventBlock.ts';
import type { FlumeEvent } from '../../../drivers/flume/events/FlumeEvent.ts';
import type { Receiver, ReceiverHost } from '../../receiver/Receiver.ts';
import type { RecordRun } from '../../Source.ts';
import { Waits } from '../../Waits.ts';
import type { Agent } from './Agent.ts';
import { Puller } from './Puller.ts';
import type { PullSettings } from './PullSettings.ts';

/** @internal The part of `flumePull` that talks to agents, in one run. */
export class PullReceiver implements Receiver<FlumeEvent> {
  readonly #settings: PullSettings;
  readonly #agents: readonly Agent[];
  readonly #connectionsPerAgent: number;
  readonly #stopping = new AbortController();
  #host: ReceiverHost | undefined;
  #waits: Waits | undefined;
  #pullers: readonly Puller[] = [];
  #ended: Promise<unknown> = Promise.resolve();

  constructor(settings: PullSettings, agents: readonly Agent[], connectionsPerAgent: number) {
    this.#settings = settings;
    this.#agents = agents;
    this.#connectionsPerAgent = connectionsPerAgent;
  }

  start(host: ReceiverHost): void {
    this.#host = host;
    const waits = new Waits(host.scheduler, new AbortController().signal);
    const pauses = new Waits(host.scheduler, AbortSignal.any([host.signal, this.#stopping.signal]));
    const lines = Array.from({ length: this.#connectionsPerAgent }, () => this.#agents).flat();
    this.#waits = waits;
    this.#pullers = lines.map((agent) => new Puller({ agent, settings: this.#settings, host, waits, pauses }));
    this.#ended = Promise.all(this.#pullers.map((puller) => puller.run()));
  }

  /**
   * Batches that were asked for get a while to come, unless the run has ended; whatever has come is stored and acknowledged. A get that is
   * not answered by then is left to itself: see {@link SinkConnection.linger}. Once the run has ended no answer is waited for.
   */
  async stop(): Promise<void> {
    const [host, waits] = [this.#host, this.#waits];
    if (host === undefined || waits === undefined) return;
    this.#stopping.abort();
    const leave = (): void => {
      for (const puller of this.#pullers) puller.leave();
    };
    const abandon = (): void => {
      leave();
      waits.end(new Error('the run has ended'));
    };
    if (host.signal.aborted) abandon();
    else {
      waits.after(this.#settings.drainMs, leave);
      host.signal.addEventListener('abort', abandon, { once: true });
    }
    await this.#ended;
    waits.end(new Error('the receiver has stopped'));
  }

  decode(block: Uint8Array): RecordRun<FlumeEvent> {
    const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    return { run: (visit) => visitEvents(bytes, visit) };
  }
}
