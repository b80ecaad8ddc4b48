// rx-dstream/redis

interface RedisCheckpointOptions extends LoggedCheckpointOptions {
    readonly redis: RedisTarget;
    readonly key: string;
    readonly db?: number;
    readonly commandTimeoutMs?: number;
    readonly repeatForMs?: number;
    readonly leaseMs?: number;
    readonly takeOver?: boolean;
    readonly onUnreadable?: 'fail' | 'setAside';
    readonly scheduler?: SchedulerLike;
}

type RedisExpiry = 'NX' | 'XX' | 'GT' | 'LT';

interface RedisOffsets extends TransactionalOffsetStore<RedisTransaction> {
    load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    own(): Promise<void>;
    begin(batch: TransactionBatch): Promise<OffsetTransaction<RedisTransaction>>;
    close(): void;
}

interface RedisOffsetsOptions {
    readonly redis: RedisTarget;
    readonly group: string;
    readonly layout?: 'group' | 'topic';
    readonly db?: number;
    readonly keyTemplate?: string;
    readonly transaction?: {
        readonly maxCommands?: number;
        readonly maxBytes?: number;
    };
    readonly commandTimeoutMs?: number;
    readonly scheduler?: SchedulerLike;
}

type RedisScores = 'NX' | 'XX' | 'GT' | 'LT';

type RedisTarget = string | RedisOptions | Redis | Cluster;

interface RedisTransaction {
    set(key: string, value: RedisValue): this;
    setex(key: string, seconds: number, value: RedisValue): this;
    setnx(key: string, value: RedisValue): this;
    append(key: string, value: RedisValue): this;
    setbit(key: string, offset: number, bit: 0 | 1): this;
    incr(key: string): this;
    incrby(key: string, amount: number | bigint): this;
    incrbyfloat(key: string, amount: number): this;
    decr(key: string): this;
    decrby(key: string, amount: number | bigint): this;
    hset(key: string, ...fieldsAndValues: readonly RedisValue[]): this;
    hsetnx(key: string, field: RedisValue, value: RedisValue): this;
    hdel(key: string, ...fields: readonly RedisValue[]): this;
    hincrby(key: string, field: RedisValue, amount: number | bigint): this;
    hincrbyfloat(key: string, field: RedisValue, amount: number): this;
    lpush(key: string, ...values: readonly RedisValue[]): this;
    rpush(key: string, ...values: readonly RedisValue[]): this;
    ltrim(key: string, first: number, last: number): this;
    lrem(key: string, count: number, value: RedisValue): this;
    sadd(key: string, ...members: readonly RedisValue[]): this;
    srem(key: string, ...members: readonly RedisValue[]): this;
    zadd(key: string, score: number, member: RedisValue, which?: RedisScores): this;
    zincrby(key: string, amount: number, member: RedisValue): this;
    zrem(key: string, ...members: readonly RedisValue[]): this;
    zremrangebyscore(key: string, lowest: number | string, highest: number | string): this;
    zremrangebyrank(key: string, first: number, last: number): this;
    xadd(key: string, ...fieldsAndValues: readonly RedisValue[]): this;
    xtrim(key: string, count: number): this;
    pfadd(key: string, ...elements: readonly RedisValue[]): this;
    del(key: string): this;
    expire(key: string, seconds: number, which?: RedisExpiry): this;
    pexpire(key: string, milliseconds: number, which?: RedisExpiry): this;
    expireat(key: string, seconds: number, which?: RedisExpiry): this;
    persist(key: string): this;
}

type RedisValue = string | number | Uint8Array;

function redisCheckpoint(options: RedisCheckpointOptions): DurableCheckpoint;

function redisOffsets(options: RedisOffsetsOptions): RedisOffsets;
