import { isStreamError, StreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import { decodeRecords } from '../../../drivers/kafka/decodeRecords.ts';
import type { FetchedPartition, FetchPartition, Isolation, KafkaDriver } from '../../../drivers/kafka/KafkaDriver.ts';
import type { Waits } from '../../Waits.ts';
import { backOff } from '../backOff.ts';
import type { Outages } from '../Outages.ts';
import { recordChunk } from '../RecordChunk.ts';
import type { BlockGatherer } from './BlockGatherer.ts';
import type { Claim } from './Claim.ts';

/** Bytes asked for of one partition; a batch that is larger comes whole. */
const PARTITION_BYTES = 1024 * 1024;
/** How long a request waits at the broker for something to arrive, in milliseconds. */
const LONG_POLL_MS = 500;
/** A broker that has not answered so long after it should have is looked at by metadata, in milliseconds. */
const SUSPICION_MS = 1000;
/** Answers that break their format in a row, before the run fails of it. */
const MAX_MALFORMED = 3;
/** Answers with nothing although there is something, before a partition is asked alone. */
const PATIENCE = 2;

/** What reading needs. */
export interface ReaderNeeds {
  readonly name: string;
  readonly driver: KafkaDriver;
  readonly gatherer: BlockGatherer;
  readonly isolation: Isolation;
  readonly responseBytes: number;
  readonly waits: Waits;
  readonly outages: Outages;
}

/** What a reader tells. */
export interface ReaderEvents {
  /** Leaders or topics are not what they were. */
  stale(): void;
  /** A position was refused. */
  refused(claim: Claim): void;
  failed(error: unknown): void;
}

/**
 * Fetches the claims of one member until its waits end: one request under way for each broker, and none while there is no room for what it
 * would bring.
 */
export class ClaimReader {
  readonly #needs: ReaderNeeds;
  readonly #claims: readonly Claim[];
  readonly #events: ReaderEvents;
  readonly #busy = new Set<number>();
  readonly #nodeFailures = new Map<number, number>();

  constructor(needs: ReaderNeeds, claims: readonly Claim[], events: ReaderEvents) {
    this.#needs = needs;
    this.#claims = claims;
    this.#events = events;
  }

  /** Something has changed: asks every broker that has nothing to do. */
  kick(): void {
    for (const leader of new Set(this.#claims.map((claim) => claim.leader))) if (leader >= 0) void this.#work(leader);
  }

  async #work(node: number): Promise<void> {
    const { waits, gatherer } = this.#needs;
    if (this.#busy.has(node)) return;
    this.#busy.add(node);
    try {
      while (!waits.over) {
        await gatherer.room(waits.signal);
        const asked = this.#next(node);
        if (asked.length === 0) break;
        await this.#fetch(node, asked);
      }
    } catch (error) {
      if (!waits.over) this.#events.failed(error);
    } finally {
      this.#busy.delete(node);
    }
  }

  /** What to ask a broker for: all it leads, or the one that is asked alone to learn whether it has anything. */
  #next(node: number): readonly Claim[] {
    const { now } = this.#needs.waits;
    const led = this.#claims.filter((claim) => {
      return (
        claim.leader === node && claim.position >= 0 && !claim.isBusy && !claim.isLost && claim.blockedUntil <= now
      );
    });
    const alone = led.find(({ passedOver }) => passedOver >= PATIENCE);
    if (alone !== undefined) return [alone];
    // The first of an answer comes whatever its size: all of them in turn.
    const first = this.#turn++ % Math.max(led.length, 1);
    return [...led.slice(first), ...led.slice(0, first)];
  }

  #turn = 0;

  async #fetch(node: number, asked: readonly Claim[]): Promise<void> {
    const { driver, waits, outages, isolation, responseBytes } = this.#needs;
    const questions = asked.map(({ topic, topicId, partition, position, leaderEpoch }): FetchPartition => {
      return { topic, topicId, partition, position, leaderEpoch, maxBytes: Math.min(PARTITION_BYTES, responseBytes) };
    });
    const cancel = waits.after(LONG_POLL_MS + SUSPICION_MS, () => this.#events.stale());
    let answers: readonly FetchedPartition[];
    try {
      answers = await driver.fetch(node, questions, {
        maxWaitMs: LONG_POLL_MS,
        minBytes: 1,
        maxBytes: responseBytes,
        isolation,
        signal: waits.signal,
      });
    } catch (error) {
      if (waits.over) return;
      if (!isStreamError(error) || !(error.retriable || isStreamError(error, 'DATA_CORRUPT'))) throw error;
      return this.#unreachable(node, error);
    } finally {
      cancel();
    }
    if (waits.over) return;
    this.#nodeFailures.delete(node);
    outages.ended(`broker ${node}`);
    for (const [i, answer] of answers.entries()) {
      const claim = asked[i] as Claim;
      // It was moved, or given back, while the answer was on its way.
      if (claim.isLost || claim.isBusy || claim.position !== (questions[i] as FetchPartition).position) continue;
      if (answer.error === undefined) this.#take(claim, answer, asked.length === 1);
      else this.#refused(claim, answer.error);
    }
  }

  #take(claim: Claim, answer: FetchedPartition, isAlone: boolean): void {
    const { gatherer, isolation } = this.#needs;
    const { topic, partition, position } = claim;
    const chunk = recordChunk(answer, position, { bytes: 0, chunks: 0 });
    const visible = isolation === 'read_committed' ? answer.lastStable : answer.highWatermark;
    claim.failures = 0;
    if (chunk === undefined) {
      if (answer.records.length > 0 && isAlone) this.#check(claim, answer, Number.MAX_SAFE_INTEGER);
      if (visible <= position) claim.passedOver = 0;
      else if (!isAlone || claim.passedOver === 0 || answer.records.length > 0) claim.passedOver++;
      else {
        // Asked alone it gave nothing, twice: these offsets have no records any more.
        const part = { topic, partition, from: position, until: visible, records: 0, batches: NOTHING, aborted: [] };
        claim.moveOn(visible);
        gatherer.add(claim, part);
      }
      return;
    }
    const checked = this.#check(claim, answer, chunk.end);
    if (checked === undefined) return;
    const { delivered, nextPosition } = checked;
    const batches = delivered === 0 ? NOTHING : answer.records.subarray(0, wholeBatches(answer.records));
    const aborted = delivered === 0 ? [] : answer.aborted;
    const part = { topic, partition, from: position, until: nextPosition, records: delivered, batches, aborted };
    claim.moveOn(nextPosition);
    gatherer.add(claim, part);
  }

  /** Counts the records, and holds their checksums against them: what is broken is fetched again, and then fails the run. */
  #check(claim: Claim, { records, aborted }: FetchedPartition, until: number) {
    const { isolation, name } = this.#needs;
    const { topic, partition, position } = claim;
    try {
      const tally = decodeRecords(records, { topic, partition, from: position, until, isolation, aborted });
      claim.malformed = 0;
      return tally;
    } catch (error) {
      if (isStreamError(error, 'DATA_CORRUPT') && ++claim.malformed < MAX_MALFORMED) {
        this.#block(claim);
        return undefined;
      }
      const code = isStreamError(error) ? error.code : 'DATA_CORRUPT';
      const details = isStreamError(error) ? error.details : {};
      throw new StreamError(code, `${name}: ${reasonOf(error)}`, { cause: error, details });
    }
  }

  #refused(claim: Claim, fault: NonNullable<FetchedPartition['error']>): void {
    const { name } = this.#needs;
    this.#block(claim);
    if (fault.name === 'OFFSET_OUT_OF_RANGE') this.#events.refused(claim);
    else if (fault.staleMetadata || fault.retriable) this.#events.stale();
    else {
      const why = `${name}: ${claim.title}: Kafka refuses to give its records: ${fault.name}.`;
      throw new StreamError('SOURCE_FAILED', why, { details: { fault } });
    }
  }

  #block(claim: Claim): void {
    const { waits } = this.#needs;
    const pause = backOff(++claim.failures);
    claim.blockedUntil = waits.now + pause;
    waits.after(pause, () => this.kick());
  }

  async #unreachable(node: number, error: StreamError): Promise<void> {
    const { waits, outages } = this.#needs;
    const failures = (this.#nodeFailures.get(node) ?? 0) + 1;
    this.#nodeFailures.set(node, failures);
    if (isStreamError(error, 'DATA_CORRUPT') && failures >= MAX_MALFORMED) throw error;
    outages.began(`broker ${node}`, error.message, error);
    this.#events.stale();
    await waits.pause(backOff(failures)).catch(() => undefined);
  }
}

const NOTHING = Buffer.alloc(0);

/** How many bytes the batches take that are whole. */
function wholeBatches(bytes: Buffer): number {
  let at = 0;
  while (at + 12 <= bytes.length) {
    const size = 12 + bytes.readInt32BE(at + 8);
    if (at + size > bytes.length) break;
    at += size;
  }
  return at;
}
