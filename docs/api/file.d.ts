// rx-dstream/file

interface FileOffsets extends OffsetStore {
    load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    close(): void;
}

interface FileOffsetsOptions {
    readonly path: string;
    readonly onWarning?: (message: string) => void;
}

function fileOffsets(options: FileOffsetsOptions): FileOffsets;

function saveAsTextFiles<T>(prefix: string, suffix?: string): MonoTypeOperatorFunction<Batch<T>>;
