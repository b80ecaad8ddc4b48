import { isStreamError, StreamError } from '../../core/errors.ts';
import type { Isolation, KafkaDriver, ListedOffset, OffsetSpec } from '../../drivers/kafka/KafkaDriver.ts';
import type { Waits } from '../Waits.ts';
import { backOff } from './backOff.ts';
import type { DataLoss } from './DataLoss.ts';
import type { KafkaPartition } from './KafkaPartition.ts';
import type { PartitionStart } from './startOffsets.ts';

/** What finding places tells. */
export interface PlaceEvents {
  /** A partition has its place, or it has come to light what is wrong with it. */
  placed(partition: KafkaPartition): void;
  stale(): void;
  failed(error: unknown): void;
}

/** Finds out where partitions start, what is wrong with a position, and where to go on after a loss. */
export class PartitionPlaces {
  readonly #driver: KafkaDriver;
  readonly #isolation: Isolation;
  readonly #waits: Waits;
  readonly #events: PlaceEvents;
  /** Partitions that have no place because nobody could be asked. */
  readonly #waiting = new Map<KafkaPartition, PartitionStart>();

  constructor(driver: KafkaDriver, isolation: Isolation, waits: Waits, events: PlaceEvents) {
    this.#driver = driver;
    this.#isolation = isolation;
    this.#waits = waits;
    this.#events = events;
  }

  /** Whether any partition waits for its place. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  forget(partition: KafkaPartition): void {
    this.#waiting.delete(partition);
  }

  /** Tries again where nobody could be asked before. */
  async placeWaiting(): Promise<void> {
    const ready = [...this.#waiting].filter(([partition]) => partition.leader >= 0 && !partition.isBusy);
    if (ready.length > 0) await this.place(ready);
  }

  /** Gives partitions their places, as far as their leaders answer now; the others wait. */
  async place(starts: readonly (readonly [KafkaPartition, PartitionStart])[]): Promise<void> {
    const known: (readonly [KafkaPartition, PartitionStart & { offset: number }])[] = [];
    const asked = new Map<string, { spec: OffsetSpec; partitions: KafkaPartition[] }>();
    for (const [partition, start] of starts) {
      partition.isBusy = true;
      this.#waiting.set(partition, start);
      if ('offset' in start) known.push([partition, start]);
      else {
        const key = JSON.stringify(start.spec);
        const group = asked.get(key) ?? { spec: start.spec, partitions: [] };
        asked.set(key, group);
        group.partitions.push(partition);
      }
    }
    await Promise.all([
      this.#goOn(known),
      ...[...asked.values()].map(({ spec, partitions }) => this.#startAt(partitions, spec)),
    ]);
    for (const [partition] of starts) partition.isBusy = false;
    if (this.#waits.over) return;
    for (const [partition] of starts) if (!this.#waiting.has(partition)) this.#events.placed(partition);
  }

  async #startAt(partitions: readonly KafkaPartition[], spec: OffsetSpec): Promise<void> {
    const listed = await this.#list(partitions, spec, this.#isolation);
    const none: KafkaPartition[] = [];
    for (const [i, answer] of listed.entries()) {
      const partition = partitions[i] as KafkaPartition;
      if (answer.error !== undefined) continue;
      if (answer.offset < 0) none.push(partition);
      else this.#put(partition, answer.offset);
    }
    // No record is as young as that timestamp: what comes from now on is.
    if (none.length > 0) await this.#startAt(none, 'latest');
  }

  /** Partitions that go on at a known offset: there, and compared with what the log has where it can be asked. */
  async #goOn(known: readonly (readonly [KafkaPartition, PartitionStart & { offset: number }])[]): Promise<void> {
    if (known.length === 0) return;
    const partitions = known.map(([partition]) => partition);
    const [earliest, latest] = await Promise.all([
      this.#list(partitions, 'earliest', this.#isolation),
      this.#list(partitions, 'latest', 'read_uncommitted'),
    ]);
    for (const [i, [partition, start]] of known.entries()) {
      this.#put(partition, start.offset);
      const log = { earliest: earliest[i]?.offset ?? -1, latest: latest[i]?.offset ?? -1 };
      const isOther =
        'topicId' in start &&
        (start.topicId !== '' && partition.topicId !== ''
          ? start.topicId !== partition.topicId
          : (start.leaderEpoch ?? -1) > partition.leaderEpoch && partition.leaderEpoch >= 0);
      partition.loss = isOther ? { ...lossAt(partition, log), kind: 'recreated' } : lossIn(partition, log);
    }
  }

  #put(partition: KafkaPartition, offset: number): void {
    this.#waiting.delete(partition);
    partition.moveTo(offset);
  }

  /** Why is this position refused? Asks twice, with a fresh look at who leads in between, before it says: lost. */
  async doubt(partition: KafkaPartition): Promise<void> {
    if (partition.isBusy || partition.loss !== undefined) return;
    partition.isBusy = true;
    const first = await this.#lossOf(partition);
    if (first !== undefined && !this.#waits.over) {
      await this.#driver.metadata([partition.topic]).catch(() => undefined);
      const second = await this.#lossOf(partition);
      if (second?.kind === first.kind && !this.#waits.over) partition.loss ??= second;
    }
    partition.isBusy = false;
    if (this.#waits.over) return;
    if (first === undefined) this.#events.stale();
    this.#events.placed(partition);
  }

  async #lossOf(partition: KafkaPartition): Promise<DataLoss | undefined> {
    const [[earliest], [latest]] = await Promise.all([
      this.#list([partition], 'earliest', this.#isolation),
      this.#list([partition], 'latest', 'read_uncommitted'),
    ]);
    if (earliest?.offset === undefined || latest?.offset === undefined) return undefined;
    const { feed, next } = partition;
    if (!feed.isDemanded && next >= 0 && feed.position > latest.offset && next <= latest.offset) feed.begin(next);
    return lossIn(partition, { earliest: earliest.offset, latest: latest.offset });
  }

  /** Goes on after a loss: at the first offset there is, or behind the last. Answers where, once it could be asked. */
  async recover(partition: KafkaPartition, policy: 'earliest' | 'latest', topicId: string): Promise<number> {
    partition.isBusy = true;
    for (let tries = 1; ; tries++) {
      const [answer] = await this.#list([partition], policy, this.#isolation);
      if (answer?.offset !== undefined && answer.offset >= 0) {
        partition.isBusy = false;
        partition.topicId = topicId;
        partition.moveTo(answer.offset);
        return answer.offset;
      }
      this.#events.stale();
      await this.#waits.pause(backOff(tries));
    }
  }

  /** As the driver answers; a failure that may pass is no answer for any of them. */
  async #list(
    partitions: readonly KafkaPartition[],
    spec: OffsetSpec,
    isolation: Isolation,
  ): Promise<readonly ListedOffset[]> {
    try {
      const listed = await this.#driver.listOffsets(partitions, spec, isolation);
      const refusal = listed.find(({ error }) => error !== undefined && !error.retriable);
      if (refusal?.error !== undefined && !this.#waits.over) {
        const { topic, partition, error } = refusal;
        const why = `${topic}[${partition}]: Kafka refuses to tell its offsets: ${error.name}.`;
        this.#events.failed(new StreamError('SOURCE_FAILED', why, { details: { fault: error } }));
      }
      return listed;
    } catch (error) {
      if (!this.#waits.over && !(isStreamError(error) && error.retriable)) this.#events.failed(error);
      return partitions.map(({ topic, partition }) => ({ topic, partition, error: NO_ANSWER }));
    }
  }
}

const NO_ANSWER = { code: 13, name: 'NETWORK_EXCEPTION', retriable: true, staleMetadata: true };

type Log = Pick<DataLoss, 'earliest' | 'latest'>;

function lossAt({ topic, partition, next, feed }: KafkaPartition, log: Log): Omit<DataLoss, 'kind'> {
  return { topic, partition, position: next >= 0 ? next : feed.position, ...log };
}

/** What is wrong with a partition's position in a log like this. */
function lossIn(partition: KafkaPartition, log: Log): DataLoss | undefined {
  const { feed, next } = partition;
  const loss = lossAt(partition, log);
  const lowest = feed.isDemanded ? feed.position : next;
  if (lowest < log.earliest) return { ...loss, position: lowest, kind: 'expired' };
  if (log.latest >= 0 && Math.max(next, feed.wanted) > log.latest) return { ...loss, kind: 'truncated' };
  return undefined;
}
