import type { Kafka } from 'kafkajs';
import { isStreamError, StreamError } from '../../../core/errors.ts';
import type {
  ClusterMetadata,
  CommittedGroupOffset,
  FetchedPartition,
  FetchOptions,
  FetchPartition,
  GroupCommitAnswer,
  GroupOffsetCommit,
  Isolation,
  KafkaDriver,
  ListedOffset,
  OffsetSpec,
  TopicPartition,
} from '../KafkaDriver.ts';
import type { KafkaGroupMember } from '../KafkaGroupMember.ts';
import { BROKER_UNREACHABLE, type KafkaFault, LEADERLESS, UNKNOWN_PARTITION } from '../kafkaFault.ts';
import { LeaderTable } from '../LeaderTable.ts';
import { fetchCall, withoutRecords } from '../wire/fetchCall.ts';
import { type ListOffsetsPartition, listOffsetsCall } from '../wire/listOffsetsCall.ts';
import { metadataCall } from '../wire/metadataCall.ts';
import { offsetCommitCall } from '../wire/offsetCommitCall.ts';
import { offsetFetchCall } from '../wire/offsetFetchCall.ts';
import { firstFault, GroupCoordinators } from './GroupCoordinators.ts';
import { inOrder } from './inOrder.ts';
import { KafkajsGroupMember } from './KafkajsGroupMember.ts';
import { KafkajsLinks } from './KafkajsLinks.ts';
import { kafkajsError } from './kafkajsError.ts';
import { captureCluster } from './kafkajsInternals.ts';

/** The kafkajs driver: what each call of the contract asks whom. */
export class KafkajsClient implements KafkaDriver {
  readonly name = 'kafkajs';
  private readonly load: () => Promise<Kafka>;
  private readonly requestTimeoutMs: number;
  private readonly makesSockets: boolean;
  private readonly table = new LeaderTable();
  private readonly coordinators = new GroupCoordinators();
  private readonly members = new Set<(error: StreamError) => void>();
  private loading: Promise<KafkajsLinks> | undefined;
  private closed: StreamError | undefined;

  /** `makesSockets`: the configuration leaves making sockets to kafkajs, so plain ones may be ours. */
  constructor(load: () => Promise<Kafka>, requestTimeoutMs: number, makesSockets: boolean) {
    this.load = load;
    this.requestTimeoutMs = requestTimeoutMs;
    this.makesSockets = makesSockets;
  }

  async connect(): Promise<void> {
    await this.metadata([]);
  }

  async close(): Promise<void> {
    this.closed ??= new StreamError('SOURCE_FAILED', 'This Kafka driver is closed; make a new one.');
    for (const closeMember of [...this.members]) closeMember(this.closed);
    const links = await this.loading?.catch(() => undefined);
    links?.close(this.closed);
  }

  async topics(): Promise<readonly string[]> {
    const { topics } = await this.metadata('all');
    return topics.filter((topic) => !topic.internal).map((topic) => topic.name);
  }

  async metadata(topics: readonly string[] | 'all'): Promise<ClusterMetadata> {
    const links = await this.links();
    const answer = await links.any(this.table.allBrokers(), (link) => link.call(metadataCall(topics)));
    return this.table.learn(answer, topics);
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: Isolation,
  ): Promise<readonly ListedOffset[]> {
    const links = await this.links();
    const unknown = new Set(partitions.filter((at) => !this.table.knows(at.topic)).map((at) => at.topic));
    if (unknown.size > 0) await this.metadata([...unknown]);
    const asked = [...this.byLeader(partitions)].map(async ([leader, led]): Promise<readonly ListedOffset[]> => {
      const broker = this.table.broker(leader);
      if (!broker)
        return led.map((at) => ({ topic: at.topic, partition: at.partition, error: this.whyLeaderless(at) }));
      try {
        const link = await links.to(broker);
        return await link.call(listOffsetsCall(led, spec, isolation));
      } catch (error) {
        if (this.closed || !isStreamError(error, 'SOURCE_UNAVAILABLE')) throw error;
        return led.map(({ topic, partition }) => ({ topic, partition, error: BROKER_UNREACHABLE }));
      }
    });
    return inOrder(partitions, (await Promise.all(asked)).flat(), 'ListOffsets');
  }

  async fetch(
    nodeId: number,
    partitions: readonly FetchPartition[],
    options: FetchOptions,
  ): Promise<readonly FetchedPartition[]> {
    const links = await this.links();
    const broker = this.table.broker(nodeId);
    if (!broker) return partitions.map((at) => withoutRecords(at, LEADERLESS));
    const link = await links.to(broker);
    const answer = await link.call(fetchCall(partitions, options), options.maxWaitMs, options.signal);
    return inOrder(partitions, answer, 'Fetch');
  }

  async committed(group: string, partitions?: readonly TopicPartition[]): Promise<readonly CommittedGroupOffset[]> {
    const links = await this.links();
    const call = offsetFetchCall(group, partitions);
    const { answer, fault } = await this.coordinators.ask(
      group,
      links,
      this.table.allBrokers(),
      call,
      ({ error, offsets }) => error ?? firstFault(offsets),
    );
    const error = fault ?? answer?.error;
    if (error === undefined) {
      const offsets = answer?.offsets ?? [];
      return partitions ? inOrder(partitions, offsets, call.name) : offsets;
    }
    if (partitions) return partitions.map(({ topic, partition }) => ({ topic, partition, error }));
    throw new StreamError(
      error.retriable ? 'SOURCE_UNAVAILABLE' : 'SOURCE_FAILED',
      `Kafka does not give the offsets of group ${group}: ${error.name}.`,
      { retriable: error.retriable, details: { fault: error } },
    );
  }

  async commit(group: string, offsets: readonly GroupOffsetCommit[]): Promise<readonly GroupCommitAnswer[]> {
    const links = await this.links();
    const call = offsetCommitCall(group, offsets);
    const { answer, fault } = await this.coordinators.ask(group, links, this.table.allBrokers(), call, firstFault);
    if (fault) return offsets.map(({ topic, partition }) => ({ topic, partition, error: fault }));
    return inOrder(offsets, answer ?? [], call.name);
  }

  groupMember(group: string): KafkaGroupMember {
    const closed = new StreamError(
      'SOURCE_FAILED',
      `This member of the consumer group ${group} is closed; make a new one.`,
    );
    let own: Promise<KafkajsLinks> | undefined;
    let isClosed = false;
    const close = (error: StreamError): void => {
      isClosed = true;
      own?.then((links) => links.close(error)).catch(() => undefined);
      this.members.delete(close);
    };
    this.members.add(close);
    const links = async (): Promise<KafkajsLinks> => {
      if (this.closed || isClosed) throw this.closed ?? closed;
      own ??= this.newLinks(() => {
        own = undefined;
      });
      return own;
    };
    return new KafkajsGroupMember(
      group,
      links,
      () => this.table.allBrokers(),
      () => close(closed),
    );
  }

  private links(): Promise<KafkajsLinks> {
    if (this.closed) return Promise.reject(this.closed);
    this.loading ??= this.newLinks(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private newLinks(failed: () => void): Promise<KafkajsLinks> {
    return this.load()
      .then((kafka) => new KafkajsLinks(captureCluster(kafka), this.requestTimeoutMs, this.makesSockets))
      .catch((error: unknown) => {
        failed();
        throw kafkajsError('kafkajs could not be used', error);
      });
  }

  /** The partitions by their leader's node id, each with the epoch it is known to lead since; -1: no leader. */
  private byLeader(partitions: readonly TopicPartition[]): ReadonlyMap<number, ListOffsetsPartition[]> {
    const leaders = new Map<number, ListOffsetsPartition[]>();
    for (const { topic, partition } of partitions) {
      const { leader = -1, leaderEpoch = -1 } = this.table.partition({ topic, partition }) ?? {};
      const led = leaders.get(leader) ?? [];
      leaders.set(leader, led);
      led.push({ topic, partition, leaderEpoch });
    }
    return leaders;
  }

  private whyLeaderless(at: TopicPartition): KafkaFault {
    const partition = this.table.partition(at);
    return this.table.topic(at.topic)?.error ?? (partition ? (partition.error ?? LEADERLESS) : UNKNOWN_PARTITION);
  }
}
