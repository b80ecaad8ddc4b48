// rx-dstream/file

interface BinaryRecordsOptions extends DirectoryOptions {
    readonly recordLength: number;
}

interface DirectoryOptions {
    readonly newFilesOnly?: boolean;
    readonly minRememberDuration?: Milliseconds;
    readonly filter?: (name: string, path: string) => boolean;
    readonly includeHidden?: boolean;
    readonly recursive?: boolean;
    readonly decompress?: 'auto' | 'gzip' | 'none';
    readonly maxBytesPerBatch?: number;
    readonly maxFilesPerBatch?: number;
    readonly onMissing?: 'wait' | 'fail';
    readonly onLost?: 'fail' | 'skip';
    readonly onCorrupt?: 'fail' | 'skip';
    readonly pollIntervalMs?: Milliseconds;
    readonly name?: string;
}

interface FileCheckpointOptions extends LoggedCheckpointOptions {
    readonly onUnreadable?: 'fail' | 'setAside';
    readonly takeOver?: boolean;
    readonly sync?: boolean;
}

interface FileOffsets extends OffsetStore {
    load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    own(): Promise<void>;
    close(): void;
}

interface FileOffsetsOptions {
    readonly path: string;
    readonly onWarning?: (message: string) => void;
}

interface FileRecord {
    readonly name: string;
    readonly path: string;
    readonly modifiedMs: number;
    readonly content: Buffer;
}

interface FilesOptions extends DirectoryOptions {
    readonly onBig?: 'fail' | 'skip';
}

interface SaveOptions {
    readonly gzip?: boolean;
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

interface TextFilesOptions extends DirectoryOptions {
    readonly encoding?: string;
    readonly maxLineBytes?: number;
    readonly onLongLine?: 'fail' | 'skip' | 'truncate';
    readonly onInvalid?: 'replace' | 'fail';
}

function binaryRecords(path: string, options: BinaryRecordsOptions): SourceObservable<Buffer>;

function fileCheckpoint(folder: string, options?: FileCheckpointOptions): DurableCheckpoint;

function fileOffsets(options: FileOffsetsOptions): FileOffsets;

function files(path: string, options?: FilesOptions): SourceObservable<FileRecord>;

function saveAsObjectFiles<T>(prefix: string, suffix?: string, options?: SaveOptions): MonoTypeOperatorFunction<Batch<T>>;

function saveAsTextFiles<T>(prefix: string, suffix?: string, options?: SaveOptions): MonoTypeOperatorFunction<Batch<T>>;

function tailFile(path: string, options?: TailFileOptions): SourceObservable<string>;

function textFiles(path: string, options?: TextFilesOptions): SourceObservable<string>;
