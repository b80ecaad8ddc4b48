import { isStreamError } from '../../core/errors.ts';
import type { ClusterMetadata, KafkaDriver } from '../../drivers/kafka/KafkaDriver.ts';
import type { Waits } from '../Waits.ts';
import { backOff } from './backOff.ts';
import type { Outages } from './Outages.ts';

/** What a watch tells. */
export interface WatchEvents {
  /** The cluster as it is now; `false` asks for another look soon. */
  seen(metadata: ClusterMetadata): boolean;
  /** It cannot be asked, and asking again cannot help. */
  failed(error: unknown): void;
}

/**
 * Looks at the cluster's metadata in the background: from time to time, and at once, with growing pauses, while something is
 * out of order.
 */
export class ClusterWatch {
  readonly #driver: KafkaDriver;
  readonly #waits: Waits;
  readonly #outages: Outages;
  readonly #events: WatchEvents;
  readonly #everyMs: number;
  readonly #names: Set<string> | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  readonly #lookers: (() => void)[] = [];
  /** Looks in a row that failed, or found something out of order. */
  #tries = 0;
  #cancel: (() => void) | undefined;

  /** `names`: the topics to ask for; `undefined`: all. */
  constructor(
    driver: KafkaDriver,
    names: readonly string[] | undefined,
    everyMs: number,
    context: { readonly waits: Waits; readonly outages: Outages },
    events: WatchEvents,
  ) {
    this.#driver = driver;
    this.#names = names === undefined ? undefined : new Set(names);
    this.#everyMs = everyMs;
    this.#waits = context.waits;
    this.#outages = context.outages;
    this.#events = events;
  }

  /** Asks for these topics too. */
  include(names: readonly string[]): void {
    for (const name of names) this.#names?.add(name);
  }

  /** One look, now; rejects with what the driver says. */
  async ask(): Promise<ClusterMetadata> {
    return this.#driver.metadata(this.#names === undefined ? 'all' : [...this.#names]);
  }

  /** Goes on looking from time to time. */
  start(): void {
    this.#later(this.#everyMs);
  }

  /** Something is out of order: looks now, or again right after the look that is under way. */
  refresh(): void {
    if (this.#looking !== undefined) this.#again = true;
    else if (this.#tries === 0) this.#look();
    // Otherwise the next try is due within half a second.
  }

  /** Resolves after a look that begins from now on; rejects when the run ends. */
  looked(): Promise<void> {
    const looked = this.#waits.untilEnd<void>((resolve) => this.#lookers.push(resolve));
    if (this.#looking === undefined) this.#look();
    else this.#again = true;
    return looked;
  }

  #look(): void {
    this.#cancel?.();
    this.#again = false;
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = undefined;
      if (this.#tries > 0 || this.#again) this.#later(backOff(this.#tries));
      else this.#later(this.#everyMs);
    });
  }

  async #lookOnce(): Promise<void> {
    const lookers = this.#lookers.splice(0);
    try {
      const metadata = await this.ask();
      if (this.#waits.over) return;
      this.#outages.ended('Kafka');
      this.#tries = this.#events.seen(metadata) ? 0 : this.#tries + 1;
      for (const tell of lookers) tell();
    } catch (error) {
      if (this.#waits.over) return;
      this.#lookers.push(...lookers);
      this.#tries++;
      if (isStreamError(error) && error.retriable) this.#outages.began('Kafka', error.message, error);
      else this.#events.failed(error);
    }
  }

  #later(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#waits.after(ms, () => {
      if (this.#looking === undefined) this.#look();
    });
  }
}
