// rx-dstream/kafka

interface AbortedTransaction {
    readonly producerId: number;
    readonly firstOffset: number;
}

interface AsTextOptions {
    readonly invalid?: 'replace' | 'fail';
}

interface ClusterMetadata {
    readonly clusterId: string | null;
    readonly brokers: readonly KafkaBroker[];
    readonly topics: readonly TopicMetadata[];
}

type CommittedGroupOffset = TopicPartition & ({
    readonly offset: number;
    readonly metadata: string;
    readonly error?: never;
} | {
    readonly error: KafkaFault;
    readonly offset?: never;
    readonly metadata?: never;
});

type DataLostPolicy = 'fail' | 'earliest' | 'latest';

interface Deserializer<T> {
    (bytes: Buffer, record: KafkaRecord): T;
    readonly takesNull?: true;
    readonly isText?: true;
}

interface FetchOptions {
    readonly maxWaitMs: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolation: Isolation;
    readonly signal?: AbortSignal;
}

interface FetchPartition extends TopicPartition {
    readonly topicId: string;
    readonly position: number;
    readonly leaderEpoch: number;
    readonly maxBytes: number;
}

interface FetchedPartition extends TopicPartition {
    readonly error?: KafkaFault;
    readonly highWatermark: number;
    readonly lastStable: number;
    readonly logStart: number;
    readonly aborted: readonly AbortedTransaction[];
    readonly records: Buffer;
}

interface GroupCommitAnswer extends TopicPartition {
    readonly error?: KafkaFault;
}

interface GroupOffsetCommit extends TopicPartition {
    readonly offset: number;
    readonly metadata?: string;
}

type Isolation = 'read_committed' | 'read_uncommitted';

interface JoinRequest {
    readonly memberId: string;
    readonly sessionTimeoutMs: number;
    readonly rebalanceTimeoutMs: number;
    readonly protocols: readonly {
        readonly name: string;
        readonly metadata: Buffer;
    }[];
}

type Joined = {
    readonly error: KafkaFault;
    readonly memberId: string;
} | {
    readonly error?: never;
    readonly memberId: string;
    readonly generation: number;
    readonly protocol: string;
    readonly leader: string;
    readonly members: readonly {
        readonly memberId: string;
        readonly metadata: Buffer;
    }[];
};

interface KafkaAssignment {
    readonly topic: string;
    readonly partitions: readonly number[];
}

interface KafkaBroker {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
    readonly rack: string | null;
}

interface KafkaDirectOptions<K = Buffer | null, V = Buffer | null> {
    readonly kafka: KafkaTarget;
    readonly topics?: readonly string[];
    readonly topicsPattern?: RegExp;
    readonly assign?: readonly KafkaAssignment[];
    readonly offsets?: OffsetStore;
    readonly from?: StartFrom;
    readonly key?: Deserializer<K>;
    readonly value?: Deserializer<V>;
    readonly onUndecodable?: 'fail' | 'skip' | ((record: UndecodableRecord) => void);
    readonly onCorrupt?: 'fail' | 'skip';
    readonly onDataLost?: DataLostPolicy;
    readonly onMissingTopic?: 'fail' | 'wait';
    readonly isolation?: Isolation;
    readonly maxRatePerPartition?: number;
    readonly maxRecordsPerBatch?: number;
    readonly maxBytesPerBatch?: number;
    readonly prefetchBytes?: number;
    readonly metadataIntervalMs?: Milliseconds;
    readonly openTimeoutMs?: Milliseconds;
    readonly name?: string;
}

interface KafkaDriver {
    readonly name: string;
    connect(): Promise<void>;
    close(deadlineMs: number): Promise<void>;
    topics(): Promise<readonly string[]>;
    metadata(topics: readonly string[] | 'all'): Promise<ClusterMetadata>;
    listOffsets(partitions: readonly TopicPartition[], spec: OffsetSpec, isolation: Isolation): Promise<readonly ListedOffset[]>;
    fetch(nodeId: number, partitions: readonly FetchPartition[], options: FetchOptions): Promise<readonly FetchedPartition[]>;
    committed(group: string, partitions?: readonly TopicPartition[]): Promise<readonly CommittedGroupOffset[]>;
    commit(group: string, offsets: readonly GroupOffsetCommit[]): Promise<readonly GroupCommitAnswer[]>;
    groupMember?(group: string): KafkaGroupMember;
}

interface KafkaFault {
    readonly code: number;
    readonly name: string;
    readonly retriable: boolean;
    readonly staleMetadata: boolean;
}

interface KafkaGroupMember {
    join(request: JoinRequest): Promise<Joined>;
    sync(place: MemberPlace, assignments: readonly {
        readonly memberId: string;
        readonly assignment: Buffer;
    }[]): Promise<Synced>;
    heartbeat(place: MemberPlace): Promise<KafkaFault | undefined>;
    leave(memberId: string): Promise<KafkaFault | undefined>;
    commit(place: MemberPlace, offsets: readonly GroupOffsetCommit[]): Promise<readonly GroupCommitAnswer[]>;
    close(): void;
}

type KafkaHeaders = readonly (readonly [name: string, value: Buffer | null])[];

interface KafkaOffsetsOptions {
    readonly kafka: KafkaTarget;
    readonly group: string;
    readonly metadata?: string | ((offset: CommittedOffset) => string);
    readonly commandTimeoutMs?: Milliseconds;
    readonly scheduler?: SchedulerLike;
}

interface KafkaReceiverOptions<K = Buffer | null, V = Buffer | null> extends Omit<ReceiverOptions, 'onUndecodable'> {
    readonly kafka: KafkaTarget;
    readonly topics: readonly string[];
    readonly groupId: string;
    readonly receivers?: number;
    readonly offsets?: OffsetStore;
    readonly from?: StartFrom;
    readonly key?: Deserializer<K>;
    readonly value?: Deserializer<V>;
    readonly onUndecodable?: OnUndecodableRecord;
    readonly onDataLost?: DataLostPolicy;
    readonly onMissingTopic?: 'fail' | 'wait';
    readonly isolation?: Isolation;
    readonly blockIntervalMs?: Milliseconds;
    readonly maxBlockBytes?: number;
    readonly sessionTimeoutMs?: Milliseconds;
    readonly heartbeatIntervalMs?: Milliseconds;
    readonly metadataIntervalMs?: Milliseconds;
    readonly openTimeoutMs?: Milliseconds;
    readonly name?: string;
}

class KafkaRecord {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: number;
    private readonly batch;
    private readonly keyAt;
    private readonly keyEnd;
    private readonly valueAt;
    private readonly valueEnd;
    private readonly headersAt;
    constructor(topic: string, partition: number, offset: number, timestamp: number, batch: RecordBytes, keyAt: number, keyEnd: number, valueAt: number, valueEnd: number, headersAt: number);
    get key(): Buffer | null;
    get value(): Buffer | null;
    get keyText(): string | null;
    get valueText(): string | null;
    get headers(): KafkaHeaders;
    detached(): KafkaRecord;
    toJSON(): Record<string, unknown>;
}

type KafkaTarget = Kafka | KafkaConfig | KafkaDriver;

interface KafkajsDriverOptions {
    readonly kafka: Kafka | KafkaConfig;
    readonly requestTimeoutMs?: number;
}

type ListedOffset = TopicPartition & ({
    readonly offset: number;
    readonly leaderEpoch: number;
    readonly error?: never;
} | {
    readonly error: KafkaFault;
    readonly offset?: never;
    readonly leaderEpoch?: never;
});

interface MemberPlace {
    readonly memberId: string;
    readonly generation: number;
}

interface OffsetPosition {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
}

type OffsetSpec = 'earliest' | 'latest' | {
    readonly timestampMs: number;
};

type OnUndecodableRecord = 'fail' | 'skip' | ((record: UndecodableRecord) => void);

interface PartitionMetadata {
    readonly partition: number;
    readonly leader: number;
    readonly leaderEpoch: number;
    readonly error?: KafkaFault;
}

type StartFrom = 'earliest' | 'latest' | {
    readonly timestampMs: number;
} | readonly OffsetPosition[];

type Synced = {
    readonly error: KafkaFault;
    readonly assignment?: never;
} | {
    readonly error?: never;
    readonly assignment: Buffer;
};

interface TopicMetadata {
    readonly name: string;
    readonly topicId: string;
    readonly internal: boolean;
    readonly error?: KafkaFault;
    readonly partitions: readonly PartitionMetadata[];
}

interface TopicPartition {
    readonly topic: string;
    readonly partition: number;
}

class TypedKafkaRecord<K, V> {
    readonly raw: KafkaRecord;
    private readonly decodedKey;
    private readonly decodedValue;
    constructor(raw: KafkaRecord, key: K | typeof AS_BYTES, value: V | typeof AS_BYTES);
    get topic(): string;
    get partition(): number;
    get offset(): number;
    get timestamp(): number;
    get headers(): KafkaHeaders;
    get key(): K;
    get value(): V;
    detached(): TypedKafkaRecord<K, V>;
    toJSON(): Record<string, unknown>;
}

interface UndecodableRecord {
    readonly record: KafkaRecord;
    readonly part: 'key' | 'value';
    readonly error: unknown;
}

function asJson<T>(): Deserializer<T>;

function asText(options?: AsTextOptions): Deserializer<string>;

function kafkaDirect(options: KafkaDirectOptions<Buffer | null, Buffer | null> & {
    readonly key?: never;
    readonly value?: never;
}): SourceObservable<KafkaRecord>;
function kafkaDirect<K = Buffer | null, V = Buffer | null>(options: KafkaDirectOptions<K, V>): SourceObservable<TypedKafkaRecord<K, V>>;

function kafkaOffsets(options: KafkaOffsetsOptions): OffsetStore;

function kafkaReceiver(options: KafkaReceiverOptions<Buffer | null, Buffer | null> & {
    readonly key?: never;
    readonly value?: never;
}): SourceObservable<KafkaRecord>;
function kafkaReceiver<K = Buffer | null, V = Buffer | null>(options: KafkaReceiverOptions<K, V>): SourceObservable<TypedKafkaRecord<K, V>>;

function kafkajsDriver(options: KafkajsDriverOptions): KafkaDriver;

function orNull<T>(deserializer: Deserializer<T>): Deserializer<T | null>;
