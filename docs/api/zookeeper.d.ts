// rx-dstream/zookeeper

interface ZooKeeperAcl {
    readonly scheme: string;
    readonly id: string;
    readonly permissions: readonly ('read' | 'write' | 'create' | 'delete' | 'admin')[];
}

type ZooKeeperLayout = 'spark' | 'kafka-0.8' | ((group: string) => ZooKeeperPlaces);

interface ZooKeeperOffsets extends OffsetStore {
    load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    own(): Promise<void>;
    close(): Promise<void>;
}

interface ZooKeeperOffsetsOptions {
    readonly zookeeper: string;
    readonly group: string;
    readonly layout?: ZooKeeperLayout;
    readonly root?: string;
    readonly auth?: string;
    readonly acl?: 'open' | 'creator' | readonly ZooKeeperAcl[];
    readonly commandTimeoutMs?: number;
    readonly sessionTimeoutMs?: number;
    readonly maxRequestBytes?: number;
    readonly scheduler?: SchedulerLike;
}

interface ZooKeeperPlaces {
    readonly topics: string;
    readonly epoch: string;
}

function zookeeperOffsets(options: ZooKeeperOffsetsOptions): ZooKeeperOffsets;
