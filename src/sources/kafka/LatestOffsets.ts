import { isStreamError } from '../../core/errors.ts';
import { partitionKey } from '../../core/OffsetRange.ts';
import type { Isolation, KafkaDriver } from '../../drivers/kafka/KafkaDriver.ts';
import type { Waits } from '../Waits.ts';
import type { KafkaPartition } from './KafkaPartition.ts';

/** A leader that has not answered for so long counts as away, in milliseconds. */
const AWAY_MS = 1000;

/** What asking for the latest offsets tells. */
export interface LatestEvents {
  /** The log ends before where reading has got to. */
  doubted(partition: KafkaPartition): void;
  stale(): void;
  unreachable(node: number, why: string): void;
  reached(node: number): void;
  failed(error: unknown): void;
}

/**
 * Where the visible part of each partition ends, asked of all leaders at once. A leader that does not answer in time is not
 * waited for: its partitions keep what was last heard of them, and nothing more is asked of it meanwhile.
 */
export class LatestOffsets {
  readonly #driver: KafkaDriver;
  readonly #isolation: Isolation;
  readonly #waits: Waits;
  readonly #events: LatestEvents;
  readonly #asking = new Map<number, { readonly since: number; readonly answered: Promise<void> }>();

  constructor(driver: KafkaDriver, isolation: Isolation, waits: Waits, events: LatestEvents) {
    this.#driver = driver;
    this.#isolation = isolation;
    this.#waits = waits;
    this.#events = events;
  }

  /** Asks; resolves when all leaders have answered, or after `patienceMs`. Rejects only when the run ends. */
  async ask(partitions: readonly KafkaPartition[], patienceMs: number): Promise<void> {
    const byLeader = new Map<number, KafkaPartition[]>();
    for (const partition of partitions) {
      if (partition.leader < 0 || partition.isBusy || partition.loss !== undefined) continue;
      const led = byLeader.get(partition.leader) ?? [];
      byLeader.set(partition.leader, led);
      led.push(partition);
    }
    for (const [leader, led] of byLeader) {
      if (this.#asking.has(leader)) continue;
      const answered = this.#askOne(leader, led).finally(() => this.#asking.delete(leader));
      this.#asking.set(leader, { since: this.#waits.now, answered });
    }
    const asking = [...byLeader.keys()].flatMap((leader) => this.#asking.get(leader)?.answered ?? []);
    const all = Promise.all(asking).then(() => true);
    if ((await this.#waits.within(patienceMs, all)) === true) return;
    for (const leader of byLeader.keys()) {
      const since = this.#asking.get(leader)?.since ?? this.#waits.now;
      const ms = this.#waits.now - since;
      if (ms >= AWAY_MS) this.#events.unreachable(leader, `it has not answered for ${ms} ms.`);
    }
  }

  async #askOne(leader: number, led: readonly KafkaPartition[]): Promise<void> {
    try {
      const answers = await this.#driver.listOffsets(led, 'latest', this.#isolation);
      if (this.#waits.over) return;
      const byKey = new Map(led.map((partition) => [partitionKey(partition), partition]));
      let isStale = false;
      for (const answer of answers) {
        const partition = byKey.get(partitionKey(answer)) as KafkaPartition;
        if (answer.error !== undefined) isStale = true;
        else if (answer.offset >= 0) this.#heard(partition, answer.offset);
      }
      if (isStale) this.#events.stale();
      else this.#events.reached(leader);
    } catch (error) {
      if (this.#waits.over) return;
      if (!isStreamError(error) || !error.retriable) return this.#events.failed(error);
      this.#events.unreachable(leader, error.message);
      this.#events.stale();
    }
  }

  #heard(partition: KafkaPartition, latest: number): void {
    partition.latest = Math.max(partition.latest, latest);
    if (latest < partition.next) this.#events.doubted(partition);
  }
}
