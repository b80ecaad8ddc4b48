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

interface TailFileOptions {
    readonly offsets?: OffsetStore;
    readonly from?: 'beginning' | 'end';
    readonly encoding?: string;
    readonly maxLineBytes?: number;
    readonly onLongLine?: 'fail' | 'skip' | 'truncate';
    readonly onInvalid?: 'replace' | 'fail';
    readonly maxBytesPerBatch?: number;
    readonly pollIntervalMs?: Milliseconds;
    readonly rotationWaitMs?: Milliseconds;
    readonly onMissing?: 'wait' | 'fail';
    readonly onLost?: 'fail' | 'restart';
    readonly topic?: string;
    readonly name?: string;
}

function fileOffsets(options: FileOffsetsOptions): FileOffsets;

function saveAsTextFiles<T>(prefix: string, suffix?: string): MonoTypeOperatorFunction<Batch<T>>;

function tailFile(path: string, options?: TailFileOptions): SourceObservable<string>;
