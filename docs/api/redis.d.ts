// rx-dstream/redis

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

function redisOffsets(options: RedisOffsetsOptions): RedisOffsets;
