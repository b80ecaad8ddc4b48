import { StreamError } from '../../src/core/errors.ts';
import type {
  AbortedTransaction,
  ClusterMetadata,
  FetchedPartition,
  FetchOptions,
  FetchPartition,
  KafkaDriver,
  ListedOffset,
  OffsetSpec,
  TopicMetadata,
  TopicPartition,
} from '../../src/drivers/kafka/KafkaDriver.ts';
import { type KafkaFault, kafkaFault } from '../../src/drivers/kafka/kafkaFault.ts';
import { type BatchToEncode, encodeRecordBatch } from '../drivers/kafka/encodeRecordBatch.ts';

interface StoredBatch {
  readonly base: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** One partition of a {@link FakeKafkaDriver}; a test changes what it likes. */
export class FakePartition {
  leader = 1;
  leaderEpoch = 0;
  logStart = 0;
  /** Where `read_committed` ends; `undefined`: at the end of the log. */
  lastStable: number | undefined;
  aborted: AbortedTransaction[] = [];
  /** What the next fetches answer instead of records. */
  readonly faults: number[] = [];
  batches: StoredBatch[] = [];

  get end(): number {
    return this.batches.at(-1)?.end ?? this.logStart;
  }

  get visible(): number {
    return Math.min(this.lastStable ?? this.end, this.end);
  }

  /** Appends one batch with these values, or as it is described. */
  append(...records: readonly string[] | readonly [Omit<BatchToEncode, 'baseOffset'>]): void {
    const [first] = records;
    const batch = typeof first === 'object' ? first : { records: (records as string[]).map((value) => ({ value })) };
    const base = this.end;
    const bytes = encodeRecordBatch({ ...batch, baseOffset: base });
    this.batches.push({ base, end: base + bytes.readInt32BE(23) + 1, bytes });
  }

  /** Removes the batches that lie wholly before `offset`, as compaction or retention does. */
  forget(before: number): void {
    this.batches = this.batches.filter(({ end }) => end > before);
  }
}

/** A cluster in memory behind the contract of drivers: as quick as promises, and it fails as it is told to. */
export class FakeKafkaDriver implements KafkaDriver {
  readonly name = 'fake';
  readonly topicIds: Map<string, string> = new Map();
  readonly partitions: Map<string, FakePartition[]> = new Map();
  /** Nodes that answer nothing: calls reject at once. */
  readonly down: Set<number> = new Set();
  /** Nodes that are silent: calls wait until they are removed and {@link FakeKafkaDriver.changed} is called. */
  readonly frozen: Set<number> = new Set();
  /** No broker answers metadata. */
  isUnreachable = false;
  /** Thrown by the next fetches. */
  readonly failures: unknown[] = [];
  readonly fetches: { node: number; partitions: readonly FetchPartition[]; options: FetchOptions; bytes: number }[] =
    [];
  metadataCalls = 0;
  isClosed = false;
  #waiters: (() => void)[] = [];

  /** Makes a topic; made again under the same name it is another one. */
  topic(name: string, partitions = 1): readonly FakePartition[] {
    this.topicIds.set(name, `id-${name}-${this.topicIds.size}-${Math.random()}`);
    this.partitions.set(
      name,
      Array.from({ length: partitions }, () => new FakePartition()),
    );
    return this.partitions.get(name) as FakePartition[];
  }

  /** Whoever waits looks again. */
  changed(): void {
    for (const look of this.#waiters.splice(0)) look();
  }

  async connect(): Promise<void> {}

  async close(): Promise<void> {
    this.isClosed = true;
    this.changed();
  }

  async topics(): Promise<readonly string[]> {
    return [...this.topicIds.keys()];
  }

  async metadata(topics: readonly string[] | 'all'): Promise<ClusterMetadata> {
    this.metadataCalls++;
    if (this.isUnreachable) throw unreachable('no broker');
    const names = topics === 'all' ? [...this.topicIds.keys()] : topics;
    const brokers = [1, 2, 3].map((nodeId) => ({ nodeId, host: 'fake', port: nodeId, rack: null }));
    return { clusterId: 'fake', brokers, topics: names.map((name) => this.#describe(name)) };
  }

  #describe(name: string): TopicMetadata {
    const partitions = this.partitions.get(name);
    if (partitions === undefined) return { name, topicId: '', internal: false, error: fault(3), partitions: [] };
    return {
      name,
      topicId: this.topicIds.get(name) ?? '',
      internal: false,
      partitions: partitions.map(({ leader, leaderEpoch }, partition) => ({
        partition,
        leader,
        leaderEpoch,
        ...(leader < 0 && { error: fault(5) }),
      })),
    };
  }

  async listOffsets(asked: readonly TopicPartition[], spec: OffsetSpec, isolation: string): Promise<ListedOffset[]> {
    return Promise.all(
      asked.map(async ({ topic, partition }): Promise<ListedOffset> => {
        const at = this.partitions.get(topic)?.[partition];
        if (at === undefined) return { topic, partition, error: fault(3) };
        if (at.leader < 0 || this.down.has(at.leader))
          return { topic, partition, error: fault(at.leader < 0 ? 5 : 13) };
        await this.#thawed(at.leader);
        const latest = isolation === 'read_committed' ? at.visible : at.end;
        const offset = spec === 'earliest' ? at.logStart : spec === 'latest' ? latest : -1;
        return { topic, partition, offset, leaderEpoch: at.leaderEpoch };
      }),
    );
  }

  async fetch(node: number, partitions: readonly FetchPartition[], options: FetchOptions): Promise<FetchedPartition[]> {
    const call = { node, partitions, options, bytes: 0 };
    this.fetches.push(call);
    for (;;) {
      await Promise.resolve();
      await this.#thawed(node, options.signal);
      if (options.signal?.aborted === true) throw options.signal.reason;
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      if (this.down.has(node) || this.isClosed) throw unreachable(`broker ${node}`);
      let room = options.maxBytes;
      const answers = partitions.map((at) => {
        const answer = this.#fetchOne(node, at, options, room);
        room -= answer.records.length;
        return answer;
      });
      call.bytes = options.maxBytes - room;
      if (options.maxWaitMs === 0 || call.bytes > 0 || answers.some(({ error }) => error)) return answers;
      const waited = await this.#somethingChanged(options.signal, options.maxWaitMs);
      if (!waited) return answers;
    }
  }

  #fetchOne(node: number, asked: FetchPartition, { isolation }: FetchOptions, room: number): FetchedPartition {
    const { topic, partition, position } = asked;
    const at = this.partitions.get(topic)?.[partition];
    const none = {
      topic,
      partition,
      highWatermark: -1,
      lastStable: -1,
      logStart: -1,
      aborted: [],
      records: Buffer.alloc(0),
    };
    const refused = (code: number): FetchedPartition => ({ ...none, error: fault(code) });
    if (at === undefined || asked.topicId !== this.topicIds.get(topic)) return refused(100);
    if (at.leader !== node) return refused(6);
    const code = at.faults.shift();
    if (code !== undefined) return refused(code);
    if (position < at.logStart || position > at.end) return refused(1);
    const visible = isolation === 'read_committed' ? at.visible : at.end;
    const chosen: Buffer[] = [];
    let bytes = 0;
    for (const batch of at.batches) {
      if (batch.end <= position || batch.base >= visible) continue;
      // The first batch of the answer comes whole, however large; others only if there is room.
      if (bytes + batch.bytes.length > Math.min(room, asked.maxBytes) && !(bytes === 0 && room > 0)) break;
      chosen.push(batch.bytes);
      bytes += batch.bytes.length;
    }
    const { logStart, aborted } = at;
    const answer = { topic, partition, highWatermark: at.end, lastStable: at.visible, logStart, aborted };
    return { ...answer, records: Buffer.concat(chosen) };
  }

  async committed(): Promise<never> {
    throw new Error('the fake cluster keeps no offsets');
  }

  async commit(): Promise<never> {
    throw new Error('the fake cluster keeps no offsets');
  }

  async #thawed(node: number, signal?: AbortSignal): Promise<void> {
    while (this.frozen.has(node) && !this.isClosed && signal?.aborted !== true) await this.#somethingChanged(signal);
  }

  /** Answers `false` if nothing has changed in time. */
  #somethingChanged(signal: AbortSignal | undefined, withinMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => settle(false), withinMs);
      const settle = (changed: boolean): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', look);
        resolve(changed);
      };
      const look = (): void => settle(true);
      signal?.addEventListener('abort', look);
      this.#waiters.push(look);
    });
  }
}

function fault(code: number): KafkaFault {
  return kafkaFault(code) as KafkaFault;
}

function unreachable(what: string): StreamError {
  return new StreamError('SOURCE_UNAVAILABLE', `${what} is down.`, { retriable: true });
}
