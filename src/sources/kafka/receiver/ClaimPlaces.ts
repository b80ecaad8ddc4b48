import { isStreamError, StreamError } from '../../../core/errors.ts';
import { partitionKey } from '../../../core/OffsetRange.ts';
import type {
  ClusterMetadata,
  Isolation,
  KafkaDriver,
  OffsetSpec,
  TopicPartition,
} from '../../../drivers/kafka/KafkaDriver.ts';
import type { MemberPlace } from '../../../drivers/kafka/KafkaGroupMember.ts';
import type { ReceiverHost } from '../../receiver/Receiver.ts';
import { type DataLoss, type DataLostPolicy, lossError, lossMessage } from '../DataLoss.ts';
import type { OffsetPosition, StartFrom } from '../startOffsets.ts';
import type { Claim } from './Claim.ts';
import { byPartition, type DueOffset, type GroupOffset, type GroupOffsets } from './GroupOffsets.ts';
import type { Marks } from './Marks.ts';

/** So often a log has to end before a position that was reached. */
const DOUBTS = 4;

/** What finding places needs. */
export interface PlacesNeeds {
  readonly name: string;
  readonly topics: readonly string[];
  readonly from: StartFrom;
  readonly onDataLost: DataLostPolicy;
  readonly isolation: Isolation;
  readonly driver: KafkaDriver;
  readonly offsets: GroupOffsets;
  readonly marks: Marks;
  readonly host: ReceiverHost;
}

/** All partitions of a topic, and which topic of that name it is. */
export type TopicPartitions = ReadonlyMap<string, { readonly topicId: string; readonly partitions: readonly number[] }>;

/** What metadata tells of topics, as far as it knows them. */
export function topicPartitions({ topics }: ClusterMetadata): TopicPartitions {
  const known = topics.filter(({ error, partitions }) => error === undefined && partitions.length > 0);
  return new Map(
    known.map(({ name, topicId, partitions }) => [
      name,
      { topicId, partitions: partitions.map(({ partition }) => partition) },
    ]),
  );
}

interface Log {
  readonly earliest: number;
  readonly latest: number;
}

/** Finds out where claims begin: what the log has of them, what the group has committed, what Kafka still has. */
export class ClaimPlaces {
  readonly #needs: PlacesNeeds;

  constructor(needs: PlacesNeeds) {
    this.#needs = needs;
  }

  /**
   * Gives claims their positions that have none. Rejects with a retriable error where somebody cannot be asked now, and with `DATA_LOST`
   * where records are gone and the options say that this is an error.
   */
  async place(claims: readonly Claim[], topics: TopicPartitions, member: () => MemberPlace): Promise<void> {
    const loaded = await this.#needs.offsets.load(this.#needs.topics);
    const committed = byPartition(await this.#begun(loaded, topics, member));
    const open = claims.filter(({ position }) => position < 0);
    const logs = await this.#logs(open);
    for (const [i, claim] of open.entries()) this.#placeOne(claim, logs[i] as Log, committed.get(claim.key));
  }

  #placeOne(claim: Claim, log: Log, offset: GroupOffset | undefined): void {
    const { marks, host } = this.#needs;
    const { topicId } = claim;
    const isOther = marks.isOther(claim, topicId) || isOf(offset, topicId) === false;
    const mark = marks.get(claim, topicId);
    // An offset of another topic says nothing; one without an id is taken for the new topic's only if nothing speaks against it.
    const committed = offset === undefined || (isOther && isOf(offset, topicId) !== true) ? undefined : offset.until;
    claim.committed = offset?.until ?? -1;
    // What was reached for certain counts, though the log of the topic may end before it now; what may be another topic's only if it can be.
    const reached = Math.max(mark ?? -1, isOf(offset, topicId) === true ? (committed ?? -1) : -1);
    if (reached > log.latest) return this.#truncated(claim, log, reached);
    const known = [mark, committed].filter((at) => at !== undefined);
    const [position] = known.filter((at) => at <= log.latest).sort((a, b) => b - a);
    if (position === undefined) {
      const was = known.length > 0 ? Math.max(...known) : (offset?.until ?? -1);
      if (known.length > 0) return this.#truncated(claim, log, was);
      if (isOther) return this.#reset(claim, log, { kind: 'recreated', position: was });
      return this.#put(claim, log.earliest);
    }
    if (position < log.earliest) return this.#expired(claim, log, position);
    claim.moveTo(position);
    if (mark === position && committed !== undefined && committed < mark) {
      const count = mark - committed;
      host.report(
        'DUPLICATES_DROPPED',
        `${claim.title}: offsets ${committed} to ${mark - 1} are in the log already and are not received again.`,
        {
          count,
          details: { topic: claim.topic, partition: claim.partition, from: committed, until: mark },
        },
      );
    }
  }

  /** The position of a claim was refused: goes on where that is possible. */
  async replace(claim: Claim): Promise<void> {
    const [log] = await this.#logs([claim]);
    if (log === undefined) return;
    if (claim.position > log.latest) this.#truncated(claim, log, claim.position);
    else if (claim.position < log.earliest) this.#expired(claim, log, claim.position);
  }

  /** The topic of a claim was made anew. */
  async restart(claim: Claim, topicId: string): Promise<void> {
    const position = claim.position;
    claim.topicId = topicId;
    const [log] = await this.#logs([claim]);
    if (log !== undefined) this.#reset(claim, log, { kind: 'recreated', position });
  }

  /** The log ends before a position. A leader that was just elected may not know all of it yet: asked again before it counts. */
  #truncated(claim: Claim, log: Log, position: number): void {
    if (++claim.doubts < DOUBTS) {
      throw new StreamError(
        'SOURCE_UNAVAILABLE',
        `${claim.title}: its leader knows offsets up to ${log.latest}, and ${position} was reached before.`,
        {
          retriable: true,
        },
      );
    }
    this.#reset(claim, log, { kind: 'truncated', position });
  }

  /** Records that nobody received are gone. */
  #expired(claim: Claim, log: Log, position: number): void {
    const { name, onDataLost } = this.#needs;
    const loss: DataLoss = { kind: 'expired', topic: claim.topic, partition: claim.partition, position, ...log };
    if (onDataLost === 'fail') throw lossError(name, loss);
    this.#goOn(claim, loss, onDataLost === 'latest' ? log.latest : log.earliest);
  }

  /** The topic is not what it was: what it has now is received from its beginning, unless the options want what comes only. */
  #reset(claim: Claim, log: Log, why: Pick<DataLoss, 'kind' | 'position'>): void {
    const loss: DataLoss = { ...why, topic: claim.topic, partition: claim.partition, ...log };
    this.#goOn(claim, loss, this.#needs.onDataLost === 'latest' ? log.latest : log.earliest);
  }

  #goOn(claim: Claim, loss: DataLoss, offset: number): void {
    const { host } = this.#needs;
    this.#put(claim, offset);
    host.report('POSITION_RESET', `${lossMessage(loss)}; goes on at ${offset}.`, {
      count: Math.max(offset - loss.position, 0),
      details: { ...loss, offset },
    });
  }

  #put(claim: Claim, offset: number): void {
    const { topic, partition, topicId } = claim;
    claim.moveTo(offset);
    this.#needs.marks.reset({ topic, partition, topicId, next: offset });
  }

  /**
   * The group's offsets; for a topic that nobody has got anywhere with, those where it begins, committed for all of its partitions at
   * once: what is produced before the first block is safe is not missed then, whoever reads it.
   */
  async #begun(
    loaded: readonly GroupOffset[],
    topics: TopicPartitions,
    member: () => MemberPlace,
  ): Promise<readonly GroupOffset[]> {
    const { marks, from, offsets, topics: names } = this.#needs;
    const fresh = names.filter((topic) => !marks.knows(topic) && !loaded.some((offset) => offset.topic === topic));
    const partitions = fresh.flatMap((topic) =>
      (topics.get(topic)?.partitions ?? []).map((partition) => ({ topic, partition })),
    );
    if (partitions.length === 0) return loaded;
    const starts = await this.#starts(partitions, from);
    const begun = partitions.map((at, i): DueOffset => {
      return { ...at, until: starts[i] as number, topicId: topics.get(at.topic)?.topicId ?? '', expected: -1 };
    });
    const fault = await offsets.commit(member(), begun);
    if (fault !== undefined) {
      throw new StreamError('SOURCE_UNAVAILABLE', `Kafka does not take where the group begins: ${fault.name}.`, {
        retriable: true,
        details: { fault },
      });
    }
    return [...loaded, ...begun];
  }

  async #starts(partitions: readonly TopicPartition[], from: StartFrom): Promise<readonly number[]> {
    if (!Array.isArray(from)) {
      const found = await this.#list(partitions, from as OffsetSpec, this.#needs.isolation);
      if (!found.includes(-1)) return found;
      // No record is as young as that timestamp: what comes from now on is.
      const latest = await this.#list(partitions, 'latest', this.#needs.isolation);
      return found.map((offset, i) => (offset < 0 ? (latest[i] as number) : offset));
    }
    const named = new Map((from as readonly OffsetPosition[]).map((at) => [partitionKey(at), at.offset]));
    const earliest = await this.#list(partitions, 'earliest', this.#needs.isolation);
    return partitions.map((at, i) => named.get(partitionKey(at)) ?? (earliest[i] as number));
  }

  async #logs(claims: readonly Claim[]): Promise<readonly Log[]> {
    const [earliest, latest] = await Promise.all([
      this.#list(claims, 'earliest', 'read_uncommitted'),
      this.#list(claims, 'latest', 'read_uncommitted'),
    ]);
    return claims.map((_, i) => ({ earliest: earliest[i] as number, latest: latest[i] as number }));
  }

  async #list(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: Isolation,
  ): Promise<readonly number[]> {
    if (partitions.length === 0) return [];
    const listed = await this.#needs.driver.listOffsets(partitions, spec, isolation);
    return listed.map(({ topic, partition, offset, error }) => {
      if (error === undefined) return offset;
      throw new StreamError(
        error.retriable ? 'SOURCE_UNAVAILABLE' : 'SOURCE_FAILED',
        `${topic}[${partition}]: Kafka does not tell its offsets: ${error.name}.`,
        { retriable: error.retriable, details: { fault: error } },
      );
    });
  }
}

/** Whether an offset was committed for this topic; `undefined` where nobody knows. */
function isOf(offset: GroupOffset | undefined, topicId: string): boolean | undefined {
  return offset === undefined || offset.topicId === '' || topicId === '' ? undefined : offset.topicId === topicId;
}

/** Whether asking again may help. */
export function mayPass(error: unknown): boolean {
  return isStreamError(error) && error.retriable;
}
