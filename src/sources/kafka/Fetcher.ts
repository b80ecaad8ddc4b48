import { isStreamError, StreamError } from '../../core/errors.ts';
import { decodeRecords } from '../../drivers/kafka/decodeRecords.ts';
import type { FetchedPartition, FetchPartition, Isolation, KafkaDriver } from '../../drivers/kafka/KafkaDriver.ts';
import type { KafkaFault } from '../../drivers/kafka/kafkaFault.ts';
import type { Waits } from '../Waits.ts';
import { backOff } from './backOff.ts';
import { type FetchRequest, fetchRequest } from './fetchRequest.ts';
import type { KafkaPartition } from './KafkaPartition.ts';
import type { PrefetchBudget } from './PrefetchBudget.ts';
import { emptyChunk, type FetchResponse, recordChunk } from './RecordChunk.ts';

/** A broker that has not answered a fetch so long after it should have is looked at by metadata, in milliseconds. */
const SUSPICION_MS = 1000;
/** Answers that break the protocol in a row, before the run fails of it. */
const MAX_MALFORMED = 3;

/** What a fetcher tells. */
export interface FetchEvents {
  /** Something has arrived, or a partition has come to know what is wrong with it. */
  progressed(arrived: boolean): void;
  /** This position is not in the log, or not to be got at: somebody has to find out why. */
  doubted(partition: KafkaPartition): void;
  /** Leaders or topics are not what they were. */
  stale(): void;
  unreachable(node: number, why: string, cause?: Error): void;
  reached(node: number): void;
  /** Trying again cannot help. */
  failed(error: unknown): void;
}

interface Node {
  busy: boolean;
  failures: number;
  malformed: number;
  blockedUntil: number;
  /** When to look again whether more has arrived, where no request waits for it at the broker. */
  nextLook: number;
}

/**
 * Fetches what reads wait for and then, within the budget, what comes next: one request for many partitions under way for
 * each broker. Answers go to the feeds of their partitions.
 */
export class Fetcher {
  readonly #driver: KafkaDriver;
  readonly #partitions: () => Iterable<KafkaPartition>;
  readonly #budget: PrefetchBudget;
  readonly #isolation: Isolation;
  readonly #waits: Waits;
  readonly #events: FetchEvents;
  readonly #nodes = new Map<number, Node>();
  #served = 0;
  /** Milliseconds of the batch interval; 0 under a drain trigger, whose requests wait at the broker. `undefined`: no cut yet. */
  interval: number | undefined;

  constructor(
    driver: KafkaDriver,
    partitions: () => Iterable<KafkaPartition>,
    budget: PrefetchBudget,
    isolation: Isolation,
    waits: Waits,
    events: FetchEvents,
  ) {
    this.#driver = driver;
    this.#partitions = partitions;
    this.#budget = budget;
    this.#isolation = isolation;
    this.#waits = waits;
    this.#events = events;
  }

  /** Something has changed: asks every broker that has nothing to do. */
  kick(): void {
    const leaders = new Set<number>();
    for (const { leader } of this.#partitions()) if (leader >= 0) leaders.add(leader);
    for (const leader of leaders) void this.#work(leader);
  }

  async #work(nodeId: number): Promise<void> {
    const node = this.#node(nodeId);
    if (node.busy) return;
    node.busy = true;
    while (!this.#waits.over) {
      const request = this.#next(nodeId, node);
      if (request === undefined) break;
      await this.#fetch(nodeId, node, request);
    }
    node.busy = false;
  }

  #node(nodeId: number): Node {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const node: Node = { busy: false, failures: 0, malformed: 0, blockedUntil: 0, nextLook: 0 };
    this.#nodes.set(nodeId, node);
    return node;
  }

  #next(nodeId: number, node: Node): FetchRequest | undefined {
    const { now } = this.#waits;
    if (node.blockedUntil > now) return undefined;
    const led = [...this.#partitions()].filter(({ leader }) => leader === nodeId);
    return fetchRequest(led, {
      now,
      room: this.#budget.room,
      share: this.#budget.limit / Math.max(led.length * Math.max(this.#nodes.size, 1), 1),
      interval: this.interval,
      mayLook: node.nextLook <= now,
    });
  }

  async #fetch(nodeId: number, node: Node, request: FetchRequest): Promise<void> {
    const asked = request.partitions.map((partition) => ({ partition, ...placeOf(partition) }));
    const questions = asked.map(({ partition, position }): FetchPartition => {
      const { topic, topicId, leaderEpoch } = partition;
      return {
        topic,
        partition: partition.partition,
        topicId,
        position,
        leaderEpoch,
        maxBytes: request.partitionBytes,
      };
    });
    const { maxWaitMs, maxBytes } = request;
    const cancel = this.#waits.after(maxWaitMs + SUSPICION_MS, () => this.#events.stale());
    let answers: readonly FetchedPartition[];
    try {
      answers = await this.#driver.fetch(nodeId, questions, {
        maxWaitMs,
        minBytes: 1,
        maxBytes,
        isolation: this.#isolation,
        signal: this.#waits.signal,
      });
    } catch (error) {
      if (!this.#waits.over) this.#nodeFailed(nodeId, node, error);
      return;
    } finally {
      cancel();
    }
    if (this.#waits.over) return;
    node.failures = 0;
    node.malformed = 0;
    this.#events.reached(nodeId);
    const response: FetchResponse = { bytes: sizeOf(answers), chunks: 0 };
    let arrived = false;
    let isBehind = false;
    for (const [i, answer] of answers.entries()) {
      const { partition, generation, position } = asked[i] as (typeof asked)[number];
      const { feed } = partition;
      if (feed.generation !== generation || feed.position !== position) continue;
      if (answer.error === undefined) this.#take(partition, answer, response, request.isAlone);
      else this.#partitionFailed(partition, answer);
      if (partition.next >= 0 && partition.latest > partition.next) arrived = true;
      if (partition.latest > feed.position) isBehind = true;
    }
    if (!isBehind && request.isLook) this.#lookLater(node);
    // First the next request goes out, then what has come is processed: the two overlap.
    this.#waits.turn(() => this.#events.progressed(arrived));
  }

  #take(partition: KafkaPartition, answer: FetchedPartition, response: FetchResponse, isAlone: boolean): void {
    const { feed } = partition;
    const { position } = feed;
    const visible = this.#isolation === 'read_committed' ? answer.lastStable : answer.highWatermark;
    partition.failures = 0;
    partition.latest = Math.max(partition.latest, visible);
    const chunk = recordChunk(answer, position, response);
    if (chunk !== undefined) {
      partition.passedOver = 0;
      partition.lastServed = ++this.#served;
      feed.append(chunk);
    } else if (isAlone && answer.records.length > 0) this.#undecodable(partition, answer);
    else if (visible > position || answer.records.length > 0) {
      // Asked alone, a partition gives what it has: if that is nothing, twice, these offsets have no records any more.
      if (isAlone && partition.passedOver > 0) feed.append(emptyChunk('hole', position, visible));
      else partition.passedOver++;
    } else if (feed.isDemanded) {
      // A cut has promised more than the log has.
      this.#block(partition);
      this.#events.doubted(partition);
    } else partition.passedOver = 0;
  }

  /** Bytes without one whole batch: says what is wrong with them. */
  #undecodable(partition: KafkaPartition, { records, aborted }: FetchedPartition): void {
    const { topic, partition: number, feed } = partition;
    const range = { from: feed.position, until: Number.MAX_SAFE_INTEGER };
    try {
      decodeRecords(
        records,
        { topic, partition: number, ...range, isolation: this.#isolation, aborted },
        () => undefined,
      );
      this.#block(partition);
    } catch (error) {
      this.#events.failed(error);
    }
  }

  #partitionFailed(partition: KafkaPartition, { error }: FetchedPartition): void {
    if (error === undefined) return;
    this.#block(partition);
    if (error.name === 'OFFSET_OUT_OF_RANGE') this.#events.doubted(partition);
    else if (error.staleMetadata || error.retriable) this.#events.stale();
    else this.#events.failed(refused(partition, error));
  }

  #block(partition: KafkaPartition): void {
    const pause = backOff(++partition.failures);
    partition.blockedUntil = this.#waits.now + pause;
    this.#waits.after(pause, () => this.kick());
  }

  #nodeFailed(nodeId: number, node: Node, error: unknown): void {
    const isMalformed = isStreamError(error, 'DATA_CORRUPT') && ++node.malformed < MAX_MALFORMED;
    if (!isStreamError(error) || !(error.retriable || isMalformed)) return this.#events.failed(error);
    const pause = backOff(++node.failures);
    node.blockedUntil = this.#waits.now + pause;
    this.#events.unreachable(nodeId, error.message, error);
    this.#events.stale();
    this.#waits.after(pause, () => this.kick());
  }

  /** Everything that was there has been fetched: looks again a few times before the next cut. */
  #lookLater(node: Node): void {
    if (this.interval === 0 || this.interval === undefined) return;
    const pause = Math.min(Math.max(this.interval / 4, 10), 1000);
    node.nextLook = this.#waits.now + pause;
    this.#waits.after(pause, () => this.kick());
  }
}

function refused({ title }: KafkaPartition, fault: KafkaFault): StreamError {
  return new StreamError('SOURCE_FAILED', `${title}: Kafka refuses to give its records: ${fault.name}.`, {
    details: { fault },
  });
}

function placeOf({ feed }: KafkaPartition): { readonly position: number; readonly generation: number } {
  return { position: feed.position, generation: feed.generation };
}

function sizeOf(answers: readonly FetchedPartition[]): number {
  return answers.reduce((sum, { records }) => sum + records.length, 0);
}
