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

interface RedisOffsets extends OffsetStore {
    load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    close(): void;
}

interface RedisOffsetsOptions {
    readonly redis: RedisTarget;
    readonly group: string;
    readonly layout?: 'group' | 'topic';
    readonly db?: number;
    readonly keyTemplate?: string;
    readonly commandTimeoutMs?: number;
    readonly scheduler?: SchedulerLike;
}

type RedisTarget = string | RedisOptions | Redis | Cluster;

function redisCheckpoint(options: RedisCheckpointOptions): DurableCheckpoint;

function redisOffsets(options: RedisOffsetsOptions): RedisOffsets;
