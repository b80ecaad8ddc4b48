// rx-dstream

type Answer<T> = T | PromiseLike<T> | Observable<T>;

class Batch<T> {
    #private;
    readonly slide: number;
    get time(): number;
    get interval(): number;
    get offsets(): readonly OffsetRange[];
    get records(): readonly T[];
    forEach(visit: Visit<T>): void;
    [Symbol.iterator](): IterableIterator<T>;
    withRecords<U>(records: Iterable<U>): Batch<U>;
}

interface BatchIntervalOptions {
    readonly maxBuffered?: number;
}

interface BatchProgress {
    readonly type: 'batch';
    readonly time: number;
    readonly status: 'settled' | 'unseen';
    readonly repeated: boolean;
    readonly sources: readonly SourceProgress[];
    readonly schedulingDelay: number;
    readonly processingTime: number;
    readonly queued: number;
    readonly waitingTicks: number;
    readonly longestStretch: number;
}

interface CheckpointContents {
    readonly lastTime: number | undefined;
    readonly unsettled: readonly PlannedBatch[];
    readonly positions: ReadonlyMap<string, unknown>;
    readonly states: ReadonlyMap<string, Iterable<readonly [unknown, unknown]>>;
}

interface CheckpointStore {
    readonly name: string;
    readonly durable: boolean;
    load(): Answer<CheckpointContents>;
    plan(batch: PlannedBatch): Answer<void>;
    settle(settlement: Settlement): Answer<void>;
    close(): Answer<void>;
}

interface CommitOutcome {
    readonly foreign: readonly CommittedOffset[];
}

interface CommitRetry {
    readonly maxRetries: number;
    readonly firstDelayMs: number;
    readonly maxDelayMs: number;
}

interface CommittedOffset {
    readonly topic: string;
    readonly partition: number;
    readonly until: number;
}

interface Cut {
    readonly data: unknown;
    readonly offsets?: readonly OffsetRange[];
    readonly records?: number;
    readonly position?: unknown;
}

interface CutAnswer {
    readonly cut: Cut;
    readonly more?: boolean;
    readonly last?: boolean;
    readonly error?: unknown;
    readonly empty: boolean;
}

interface CutLimit {
    readonly maxRecords: number;
    readonly intervalMs: number;
}

interface DrainOptions {
    readonly maxRecords?: number;
}

interface DrainTrigger {
    readonly kind: 'drain';
    readonly maxRecords: number;
}

const ERROR_CODES: {
    readonly INVALID_ARGUMENT: 'INVALID_ARGUMENT';
    readonly NOT_A_BATCH: 'NOT_A_BATCH';
    readonly BATCH_SETTLED: 'BATCH_SETTLED';
    readonly BATCH_ORDER: 'BATCH_ORDER';
    readonly SLIDE_MISMATCH: 'SLIDE_MISMATCH';
    readonly CONTEXT_MIXED: 'CONTEXT_MIXED';
    readonly CONTEXT_STARTED: 'CONTEXT_STARTED';
    readonly CONTEXT_STOPPED: 'CONTEXT_STOPPED';
    readonly SOURCE_TWICE: 'SOURCE_TWICE';
    readonly SOURCE_MISSING: 'SOURCE_MISSING';
    readonly SOURCE_FAILED: 'SOURCE_FAILED';
    readonly SOURCE_UNAVAILABLE: 'SOURCE_UNAVAILABLE';
    readonly DATA_LOST: 'DATA_LOST';
    readonly DATA_CORRUPT: 'DATA_CORRUPT';
    readonly RECORD_UNDECODABLE: 'RECORD_UNDECODABLE';
    readonly TOPIC_MISSING: 'TOPIC_MISSING';
    readonly BUFFER_FULL: 'BUFFER_FULL';
    readonly NO_OUTPUT: 'NO_OUTPUT';
    readonly NO_OFFSETS: 'NO_OFFSETS';
    readonly OPERATOR_FAILED: 'OPERATOR_FAILED';
    readonly OUTPUT_FAILED: 'OUTPUT_FAILED';
    readonly OFFSET_STORE_UNAVAILABLE: 'OFFSET_STORE_UNAVAILABLE';
    readonly OFFSET_STORE_FAILED: 'OFFSET_STORE_FAILED';
    readonly CHECKPOINT_FAILED: 'CHECKPOINT_FAILED';
    readonly NAME_REQUIRED: 'NAME_REQUIRED';
    readonly NAME_TWICE: 'NAME_TWICE';
    readonly STATE_MUTATED: 'STATE_MUTATED';
    readonly STOP_DEADLINE: 'STOP_DEADLINE';
};

type ErrorCode = keyof typeof ERROR_CODES;

type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never;

type MakePairsFirst = 'pairs are expected here: make them first with mapRecords((record) => [key, value] as const)';

interface MemoryCheckpointOptions {
    readonly durable?: boolean;
}

interface MemoryOffsets extends OffsetStore {
    load(query: OffsetQuery): readonly CommittedOffset[];
    commit(offsets: readonly OffsetCommit[]): CommitOutcome;
    close(): void;
}

interface MemoryOffsetsOptions {
    readonly name?: string;
}

type Milliseconds = number;

interface NamedChanges extends StateChanges {
    readonly state: string;
}

interface OffsetCommit extends CommittedOffset {
    readonly expected: number | undefined;
}

interface OffsetQuery {
    readonly topics?: readonly string[];
}

interface OffsetRange {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly until: number;
}

interface OffsetStore {
    readonly name: string;
    load(query: OffsetQuery): Answer<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Answer<CommitOutcome>;
    close(): Answer<void>;
}

type Pair<K, V> = readonly [key: K, value: V];

interface PlannedBatch {
    readonly time: number;
    readonly cuts: readonly PlannedCut[];
}

interface PlannedCut {
    readonly source: string;
    readonly cut: Cut;
}

interface PrintOptions {
    readonly to?: (line: string) => void;
}

type Progress = BatchProgress | RunProgress | ReportProgress;

interface QueueOptions<T> {
    readonly oneAtATime?: boolean;
    readonly defaultBatch?: Iterable<T>;
    readonly completes?: boolean;
    readonly replayable?: boolean;
    readonly name?: string;
}

type QueuedBatches<T> = readonly (readonly T[])[] | Iterable<Iterable<T>>;

interface RateOptions {
    readonly recordsPerSecond: number;
    readonly rampUpTimeMs?: Milliseconds;
    readonly name?: string;
}

interface RateRecord {
    readonly value: number;
    readonly timestamp: number;
}

interface RecordRun<T> {
    run(visit: (record: T) => unknown): void;
}

interface ReduceByKeyAndWindowOptions<K, V> extends WindowOptions {
    readonly inverse?: (reduced: V, left: V) => V;
    readonly filter?: (pair: Pair<K, V>) => boolean;
}

type ReportCode = SourceReport['code'] | ErrorCode | 'COMMIT_RETRIED' | 'READ_RETRIED' | 'OFFSETS_MOVED' | 'OFFSETS_NOT_COMMITTED' | 'STATE_EMPTY_AT_START' | 'STATE_UNCLAIMED' | 'NOT_REPLAYABLE' | 'BATCHES_LEFT';

interface ReportProgress {
    readonly type: 'report';
    readonly code: ReportCode;
    readonly message: string;
    readonly subject: string;
    readonly cause?: unknown;
    readonly count?: number;
    readonly details?: Readonly<Record<string, unknown>>;
}

interface RunProgress {
    readonly type: 'run';
    readonly status: 'started' | 'failed' | 'ended';
    readonly unsettled?: number;
    readonly error?: unknown;
}

const SOURCE: unique symbol;

interface Settlement {
    readonly time: number;
    readonly positions: readonly (readonly [source: string, position: unknown])[];
    readonly states: readonly NamedChanges[];
    readonly left?: readonly string[];
}

interface Source<T> {
    readonly name: string;
    readonly replayable: boolean;
    readonly wakes: boolean;
    readonly startsFrom?: {
        readonly name: string;
    };
    open(opening: SourceOpening): Answer<void>;
    cut(time: number, limit: CutLimit): Answer<CutAnswer>;
    read(cut: Cut): Answer<Iterable<T> | RecordRun<T>>;
    settled(cut: Cut): Answer<void>;
    close(): Answer<void>;
}

interface SourceObservable<T> extends Observable<T> {
    readonly [SOURCE]: () => Source<T>;
}

interface SourceOpening {
    readonly position: unknown;
    readonly scheduler: SchedulerLike;
    readonly signal: AbortSignal;
    wake(): void;
    report(report: SourceReport): void;
}

interface SourceProgress {
    readonly name: string;
    readonly records: number | undefined;
    readonly offsets: readonly OffsetRange[] | undefined;
}

interface SourceReport {
    readonly code: ErrorCode | 'RECONNECTING' | 'RECONNECTED' | 'RECORDS_DROPPED' | 'POSITION_RESET' | 'POSITION_KEPT' | 'PARTITIONS_CHANGED' | 'OFFSET_GAP' | 'RESUMED';
    readonly message: string;
    readonly cause?: unknown;
    readonly count?: number;
    readonly details?: Readonly<Record<string, unknown>>;
}

interface StopOptions {
    readonly graceful?: boolean;
    readonly deadline?: Milliseconds;
}

class StreamError extends Error {
    readonly name = "StreamError";
    readonly code: ErrorCode;
    readonly retriable: boolean;
    readonly details: Readonly<Record<string, unknown>>;
    constructor(code: ErrorCode, message: string, options?: StreamErrorOptions);
}

interface StreamErrorOptions {
    readonly cause?: unknown;
    readonly retriable?: boolean;
    readonly details?: Readonly<Record<string, unknown>>;
}

class StreamingContext {
    #private;
    readonly interval: Milliseconds;
    readonly scheduler: SchedulerLike;
    readonly progress$: Observable<Progress>;
    constructor(options: StreamingContextOptions);
    get state(): StreamingContextState;
    start(): void;
    stop({ graceful, deadline }?: StopOptions): Promise<void>;
    awaitTermination(): Promise<void>;
}

interface StreamingContextOptions {
    readonly interval?: Milliseconds;
    readonly trigger?: DrainTrigger;
    readonly scheduler?: SchedulerLike;
    readonly start?: 'manual';
    readonly batches?: number;
    readonly maxQueuedBatches?: number;
    readonly checkpoint?: CheckpointStore;
    readonly commitRetry?: Partial<CommitRetry>;
    readonly freezeState?: boolean;
    readonly onWarning?: (message: string) => void;
}

type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED';

type Transformed<U> = Batch<U> | Iterable<U>;

interface UpdateStateByKeyOptions<K, S> {
    readonly name?: string;
    readonly initial?: Iterable<readonly [K, S]>;
}

type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never;

type Visit<T> = (record: T) => unknown;

type Widen<V> = V extends number ? number : V extends string ? string : V extends boolean ? boolean : V extends bigint ? bigint : V;

interface WindowOptions {
    readonly window: Milliseconds;
    readonly slide?: Milliseconds;
    readonly name?: string;
}

function batchInterval<T>(interval: Milliseconds | StreamingContext, options?: BatchIntervalOptions): OperatorFunction<T, Batch<T>>;

function combineByKey<T extends Pair<unknown, unknown> | MakePairsFirst, C>(create: (value: ValueOf<T>) => C, merge: (combined: C, value: ValueOf<T>) => C): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, C>>>;

function commitOffsets<T>(store: OffsetStore): MonoTypeOperatorFunction<Batch<T>>;

function countByValue<T>(): OperatorFunction<Batch<T>, Batch<Pair<T, number>>>;

function countRecords<T>(): OperatorFunction<Batch<T>, Batch<number>>;

function drain({ maxRecords }?: DrainOptions): DrainTrigger;

function filterRecords<T, U extends T>(keep: (record: T) => record is U): OperatorFunction<Batch<T>, Batch<U>>;
function filterRecords<T>(keep: (record: T) => unknown): OperatorFunction<Batch<T>, Batch<T>>;

function flatMapRecords<T, U>(fn: (record: T) => Iterable<U>): OperatorFunction<Batch<T>, Batch<U>>;

function flatMapValues<T extends Pair<unknown, unknown> | MakePairsFirst, U>(fn: (value: ValueOf<T>) => Iterable<U>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, U>>>;

function foreachBatch<T>(write: (batch: Batch<T>, signal: AbortSignal) => Answer<unknown>): MonoTypeOperatorFunction<Batch<T>>;

function groupByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, ValueOf<T>[]>>>;

function held<T, U>(project: (batch: Batch<T>, signal: AbortSignal) => ObservableInput<Batch<U>>): OperatorFunction<Batch<T>, Batch<U>>;

function hours(n: number): Milliseconds;

function isSourceObservable<T>(value: Observable<T>): value is SourceObservable<T>;

function isStreamError(error: unknown, code?: ErrorCode): error is StreamError;

function mapRecords<T, U>(fn: (record: T) => U): OperatorFunction<Batch<T>, Batch<U>>;

function mapValues<T extends Pair<unknown, unknown> | MakePairsFirst, U>(fn: (value: ValueOf<T>) => U): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, U>>>;

function memoryCheckpoint(options?: MemoryCheckpointOptions): CheckpointStore;

function memoryOffsets(options?: MemoryOffsetsOptions): MemoryOffsets;

function milliseconds(n: number): Milliseconds;

function minutes(n: number): Milliseconds;

function offsetCount(range: OffsetRange): number;

function persist<T>(): OperatorFunction<Batch<T>, Batch<T>>;

function print<T>(count?: number, { to }?: PrintOptions): MonoTypeOperatorFunction<Batch<T>>;

function queue<T>(batches: QueuedBatches<T>, options?: QueueOptions<T>): SourceObservable<T>;

function rate(options: RateOptions): SourceObservable<RateRecord>;

function reduceByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(reduce: (left: Widen<ValueOf<T>>, right: Widen<ValueOf<T>>) => Widen<ValueOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>>;

function reduceByKeyAndWindow<T extends Pair<unknown, unknown> | MakePairsFirst>(reduce: (left: Widen<ValueOf<T>>, right: Widen<ValueOf<T>>) => Widen<ValueOf<T>>, options: ReduceByKeyAndWindowOptions<KeyOf<T>, Widen<ValueOf<T>>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>>;

function reduceRecords<T>(reduce: (left: Widen<T>, right: Widen<T>) => Widen<T>): OperatorFunction<Batch<T>, Batch<Widen<T>>>;

function seconds(n: number): Milliseconds;

function sortRecords<T>(compare: (left: T, right: T) => number): OperatorFunction<Batch<T>, Batch<T>>;

function takeRecords<T>(count: number): OperatorFunction<Batch<T>, Batch<T>>;

function transform<T, U>(fn: (batch: Batch<T>, signal: AbortSignal) => Answer<Transformed<U>>): OperatorFunction<Batch<T>, Batch<U>>;

function transformWith<T, O, U>(other: Observable<Batch<O>>, fn: (batch: Batch<T>, other: Batch<O>) => Transformed<U>): OperatorFunction<Batch<T>, Batch<U>>;

function unionBatches<T, O = T>(...others: readonly Observable<Batch<O>>[]): OperatorFunction<Batch<T>, Batch<T | O>>;

function updateStateByKey<T extends Pair<unknown, unknown> | MakePairsFirst, S>(update: (values: readonly Widen<ValueOf<T>>[], state: S | undefined, key: KeyOf<T>, batchTime: number) => S | undefined, options?: UpdateStateByKeyOptions<KeyOf<T>, S>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, S>>>;

function windowBatches<T>(options: WindowOptions): OperatorFunction<Batch<T>, Batch<T>>;
