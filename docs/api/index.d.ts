// rx-dstream

type Answer<T> = T | PromiseLike<T> | Observable<T>;

interface BackpressureOptions {
    readonly initialRatePerSecond?: number;
    readonly minRatePerSecond?: number;
    readonly proportional?: number;
    readonly integral?: number;
    readonly derivative?: number;
    readonly estimator?: 'pid' | (() => RateEstimator);
}

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

type BatchesOf<Ts extends readonly unknown[]> = {
    readonly [I in keyof Ts]: Batch<Ts[I]>;
};

type Branch<T> = ((record: T) => unknown) | 'otherwise';

type BranchRecord<T, B, N extends keyof B> = B[N] extends 'otherwise' ? Exclude<T, {
    [M in keyof B]: GuardedBy<B[M]>;
}[keyof B]> : [GuardedBy<B[N]>] extends [never] ? T : GuardedBy<B[N]>;

interface CheckpointContents {
    readonly lastTime: number | undefined;
    readonly unsettled: readonly PlannedBatch[];
    readonly positions: ReadonlyMap<string, unknown>;
    readonly states: ReadonlyMap<string, StoredState>;
}

interface CheckpointDescription {
    readonly name: string;
    readonly time: number | undefined;
    readonly positions: Readonly<Record<string, unknown>>;
    readonly states: readonly StateDescription[];
    readonly unsettled: readonly PlannedBatch[];
}

interface CheckpointReport {
    readonly code: ErrorCode | 'CHECKPOINT_TORN' | 'CHECKPOINT_UNMERGED' | 'CHECKPOINT_SET_ASIDE' | 'CHECKPOINT_AWAITED' | 'CHECKPOINT_AT_RISK';
    readonly message: string;
    readonly cause?: unknown;
    readonly details?: Readonly<Record<string, unknown>>;
}

interface CheckpointStore {
    readonly name: string;
    readonly durable: boolean;
    load(report?: (report: CheckpointReport) => void): Answer<CheckpointContents>;
    plan(batch: PlannedBatch): Answer<void>;
    settle(settlement: Settlement): Answer<void>;
    close(): Answer<void>;
    savepoint?(name: string): Answer<void>;
    inspect?<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Answer<T>;
}

type Cogrouped<T, Os extends readonly unknown[]> = readonly [
    ValueOf<T>[],
    ...{
        [I in keyof Os]: ValueOf<Os[I]>[];
    }
];

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

interface ConcurrencyOptions {
    readonly concurrency?: number;
}

interface CountByValueAndWindowOptions<T> extends WindowOptions, KeyOptions<T> {
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

interface DropDuplicatesOptions<T> {
    readonly by?: (record: T) => unknown;
    readonly within?: Milliseconds;
    readonly atMost?: number;
    readonly name?: string;
}

interface DurableCheckpoint extends InspectableCheckpoint {
    readonly durable: true;
    load(report?: (report: CheckpointReport) => void): Promise<CheckpointContents>;
    plan(batch: PlannedBatch): Promise<void>;
    settle(settlement: Settlement): Promise<void>;
    close(): Promise<void>;
    savepoint(name: string): Promise<void>;
    inspect<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Promise<T>;
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
    readonly LOG_FAILED: 'LOG_FAILED';
    readonly LOG_OWNED: 'LOG_OWNED';
    readonly LOG_CORRUPT: 'LOG_CORRUPT';
    readonly NO_OUTPUT: 'NO_OUTPUT';
    readonly NO_OFFSETS: 'NO_OFFSETS';
    readonly OPERATOR_FAILED: 'OPERATOR_FAILED';
    readonly OUTPUT_FAILED: 'OUTPUT_FAILED';
    readonly OFFSET_STORE_UNAVAILABLE: 'OFFSET_STORE_UNAVAILABLE';
    readonly OFFSET_STORE_FAILED: 'OFFSET_STORE_FAILED';
    readonly OFFSET_STORE_TAKEN: 'OFFSET_STORE_TAKEN';
    readonly CHECKPOINT_FAILED: 'CHECKPOINT_FAILED';
    readonly CHECKPOINT_UNAVAILABLE: 'CHECKPOINT_UNAVAILABLE';
    readonly CHECKPOINT_OWNED: 'CHECKPOINT_OWNED';
    readonly CHECKPOINT_TAKEN: 'CHECKPOINT_TAKEN';
    readonly CHECKPOINT_CORRUPT: 'CHECKPOINT_CORRUPT';
    readonly CHECKPOINT_NEWER: 'CHECKPOINT_NEWER';
    readonly STATE_UNREADABLE: 'STATE_UNREADABLE';
    readonly STATE_STORE_FAILED: 'STATE_STORE_FAILED';
    readonly NAME_REQUIRED: 'NAME_REQUIRED';
    readonly NAME_TWICE: 'NAME_TWICE';
    readonly STATE_MUTATED: 'STATE_MUTATED';
    readonly STOP_DEADLINE: 'STOP_DEADLINE';
};

type ErrorCode = keyof typeof ERROR_CODES;

interface ForeachRecordOptions {
    readonly concurrency?: number;
}

interface GroupByKeyAndWindowOptions<K, V = unknown> extends WindowOptions, KeyOptions<K>, StateOptions<V> {
}

interface InspectableCheckpoint extends CheckpointStore {
    inspect<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Answer<T>;
}

interface JoinTableOptions<K> extends KeyOptions<K> {
    readonly kind?: 'join' | 'leftOuterJoin';
    readonly reloadEvery?: number;
    readonly name?: string;
}

type JoinedWithTable<T, R, O> = Pair<KeyOf<T>, readonly [ValueOf<T>, MayMiss<O> extends true ? ValueOf<R> | undefined : ValueOf<R>]>;

type KeyIdentity = string | number | bigint | boolean | symbol | null | undefined;

type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never;

interface KeyOptions<K> {
    readonly keyOf?: (key: K) => KeyIdentity;
}

interface KeyState<S> {
    exists(): boolean;
    get(): S;
    getOption(): S | undefined;
    update(state: S): void;
    remove(): void;
    isTimingOut(): boolean;
}

type KeyUpdate<K, V, S> = readonly [key: K, values: readonly V[], state: S | undefined];

type KeysMeet<T, O> = [KeyOf<T>] extends [never] ? unknown : [KeyOf<O>] extends [never] ? unknown : [KeyOf<T> & KeyOf<O>] extends [never] ? KeysNeverMeet : unknown;

type KeysNeverMeet = 'no key of one stream can equal a key of the other: make keys of one type with mapRecords, or give { keyOf }';

interface LoggedCheckpointOptions {
    readonly compactAfterBytes?: number;
    readonly onUnreadable?: 'fail' | 'setAside';
    readonly startFrom?: Savepoint;
}

type MakePairsFirst = 'pairs are expected here: make them first with mapRecords((record) => [key, value] as const)';

interface MapWithStateOptions<K, S> extends KeyOptions<K>, StateOptions<S>, StateValuesOptions {
    readonly initial?: Iterable<readonly [K, S]>;
    readonly timeout?: Milliseconds;
}

interface MemoryCheckpointOptions {
    readonly durable?: boolean;
}

interface MemoryOffsets<K = unknown, V = unknown> extends TransactionalOffsetStore<MemoryTransaction<K, V>> {
    readonly results: ReadonlyMap<K, V>;
    load(query: OffsetQuery): readonly CommittedOffset[];
    commit(offsets: readonly OffsetCommit[]): CommitOutcome;
    own(): void;
    begin(batch: TransactionBatch): MemoryOffsetsTransaction<K, V>;
    reopen(): MemoryOffsets<K, V>;
    close(): void;
}

interface MemoryOffsetsOptions {
    readonly name?: string;
}

interface MemoryOffsetsTransaction<K = unknown, V = unknown> extends OffsetTransaction<MemoryTransaction<K, V>> {
    commit(offsets: readonly OffsetCommit[]): CommitOutcome;
    rollback(): void;
}

interface MemoryTransaction<K = unknown, V = unknown> {
    get(key: K): V | undefined;
    has(key: K): boolean;
    set(key: K, value: V): this;
    delete(key: K): boolean;
}

type Milliseconds = number;

interface NamedChanges extends StateChanges {
    readonly state: string;
    readonly version: number;
    readonly replaces?: boolean;
}

interface OffsetCommit extends CommittedOffset {
    readonly expected: number | undefined;
    readonly from?: number;
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
    own?(): Answer<void>;
    close(): Answer<void>;
}

interface OffsetTransaction<H> {
    readonly committed: boolean;
    readonly handle: H;
    commit(offsets: readonly OffsetCommit[]): Answer<CommitOutcome>;
    rollback(): Answer<void>;
}

type OperatorReportCode = 'TABLE_STALE' | 'TABLE_RELOADED' | 'BATCH_COMMITTED_BEFORE';

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

interface ProcessedPart {
    readonly time: number;
    readonly records: number;
    readonly processingTime: number;
    readonly schedulingDelay: number;
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

type Rank = number | bigint | string;

interface RateEstimator {
    estimate(part: ProcessedPart): number | undefined;
}

interface RateOptions {
    readonly recordsPerSecond: number;
    readonly rampUpTimeMs?: Milliseconds;
    readonly name?: string;
}

interface RateRecord {
    readonly value: number;
    readonly timestamp: number;
}

interface RecordPlace<T> {
    readonly position: number;
    readonly batch: Batch<T>;
    readonly signal: AbortSignal;
}

interface RecordRun<T> {
    run(visit: (record: T) => unknown): void;
}

interface ReduceByKeyAndWindowOptions<K, V> extends WindowOptions, KeyOptions<K>, StateOptions<V> {
    readonly inverse?: (reduced: V, left: V) => V;
    readonly filter?: (pair: Pair<K, V>) => boolean;
}

interface ReduceByWindowOptions<T> extends WindowOptions, StateOptions<T> {
    readonly inverse?: (reduced: T, left: T) => T;
}

interface RememberOptions<T = unknown> extends StateOptions<T> {
}

interface Remembered<T> extends MonoTypeOperatorFunction<Batch<T>> {
    slice(from?: number, to?: number): readonly RememberedBatch<T>[];
}

type ReportCode = SourceReport['code'] | CheckpointReport['code'] | OperatorReportCode | ErrorCode | 'COMMIT_RETRIED' | 'READ_RETRIED' | 'OFFSETS_MOVED' | 'OFFSETS_BEHIND' | 'OFFSETS_NOT_COMMITTED' | 'STATE_EMPTY_AT_START' | 'STATE_UNCLAIMED' | 'STATE_DROPPED' | 'SOURCE_UNCLAIMED' | 'STATE_MIGRATED' | 'NOT_REPLAYABLE' | 'BATCHES_LEFT' | 'CLOCK_SET_BACK' | 'RUN_RETRIED';

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

interface Savepoint {
    readonly name: string;
    inspect<T>(use: (contents: CheckpointContents) => Answer<T>): Answer<T>;
}

interface Settlement {
    readonly time: number;
    readonly positions: readonly (readonly [source: string, position: unknown])[];
    readonly states: readonly NamedChanges[];
    readonly left?: readonly string[];
    readonly dropped?: readonly string[];
}

type SharedKeyOptions<T, O> = Required<KeyOptions<KeyOf<T> | KeyOf<O>>>;

interface ShutdownOptions {
    readonly signals?: readonly ShutdownSignal[];
    readonly deadline?: Milliseconds;
    readonly close?: () => Answer<unknown>;
}

type ShutdownSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT';

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
    drain?(): Answer<void>;
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
    readonly ratePerSecond: number | undefined;
}

interface SourceReport {
    readonly code: ErrorCode | 'RECONNECTING' | 'RECONNECTED' | 'RECORDS_DROPPED' | 'POSITION_RESET' | 'POSITION_KEPT' | 'PARTITIONS_CHANGED' | 'OFFSET_GAP' | 'FILE_SKIPPED' | 'RESUMED' | 'BLOCK_REFUSED' | 'PEER_REFUSED' | 'DUPLICATES_DROPPED' | 'LOG_TORN' | 'LOG_SLOW';
    readonly message: string;
    readonly cause?: unknown;
    readonly count?: number;
    readonly details?: Readonly<Record<string, unknown>>;
}

type SplitStreams<T, B> = {
    readonly [N in keyof B]: Observable<Batch<BranchRecord<T, B, N>>>;
};

class StateBatch<U, K, S> extends Batch<U> {
    #private;
    get snapshots(): Batch<Pair<K, S>>;
}

interface StateChanges {
    readonly deleted: readonly number[];
    readonly changed: Omit<StateEntries, 'keys'>;
    readonly added: StateEntries;
}

interface StateCodec<V> {
    readonly name: string;
    encode(value: V): unknown;
    decode(stored: unknown): V;
}

interface StateDescription {
    readonly name: string;
    readonly version: number;
    readonly keys: number;
    readonly bytes: number | undefined;
}

interface StateEntries {
    readonly ids: readonly number[];
    readonly keys: readonly unknown[];
    readonly values: readonly unknown[];
}

interface StateOptions<V> {
    readonly name?: string;
    readonly version?: number;
    migrate?(stored: unknown, version: number): NoInfer<V>;
    readonly codec?: StateCodec<NoInfer<V>>;
}

interface StateValues {
    readonly cachedValues: number;
    open(state: string): ValueStore;
}

interface StateValuesOptions {
    readonly values?: StateValues;
}

interface StopOptions {
    readonly graceful?: boolean;
    readonly deadline?: Milliseconds;
}

interface StoredState {
    readonly version: number;
    readonly bytes: number | undefined;
    readonly keys?: number;
    readonly entries: Iterable<StateEntries>;
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
    stop(options?: StopOptions): Promise<void>;
    awaitTermination(): Promise<void>;
}

interface StreamingContextOptions {
    readonly interval?: Milliseconds;
    readonly trigger?: DrainTrigger;
    readonly scheduler?: SchedulerLike;
    readonly start?: 'manual';
    readonly batches?: number;
    readonly maxQueuedBatches?: number;
    readonly backpressure?: boolean | BackpressureOptions;
    readonly checkpoint?: CheckpointStore;
    readonly dropStates?: readonly string[];
    readonly commitRetry?: Partial<CommitRetry>;
    readonly freezeState?: boolean;
    readonly onWarning?: (message: string) => void;
}

type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED';

type StreamsOf<Os extends readonly unknown[]> = readonly [...{
    [I in keyof Os]: Observable<Batch<Os[I]>>;
}];

type Table<R> = Iterable<R> | ((signal: AbortSignal) => Answer<Iterable<R>>);

interface TopRecordsOptions {
    readonly first?: 'largest' | 'smallest';
}

interface TransactionBatch {
    readonly time: number;
    readonly repeated: boolean;
}

interface TransactionalOffsetStore<H> extends OffsetStore {
    own(): Answer<void>;
    begin(batch: TransactionBatch): Answer<OffsetTransaction<H>>;
}

type Transformed<U> = Batch<U> | Iterable<U>;

interface UpdateStateByKeyOptions<K, S> extends KeyOptions<K>, StateOptions<S>, StateValuesOptions {
    readonly initial?: Iterable<readonly [K, S]>;
}

interface UpdateStatesOptions<K, S> extends KeyOptions<K>, StateOptions<S> {
    readonly initial?: Iterable<readonly [K, S]>;
}

type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never;

interface ValueStore {
    read(slot: number): unknown;
    write(slots: readonly number[], values: readonly unknown[]): void;
    close(): void;
}

type Visit<T> = (record: T) => unknown;

type Widen<V> = V extends number ? number : V extends string ? string : V extends boolean ? boolean : V extends bigint ? bigint : V;

interface WindowBatchesOptions<T> extends WindowOptions, StateOptions<T> {
}

interface WindowOptions {
    readonly window: Milliseconds;
    readonly slide?: Milliseconds;
    readonly name?: string;
}

type Zero<C> = C | (() => C);

function aggregateByKey<T extends Pair<unknown, unknown> | MakePairsFirst, C>(zero: Zero<C>, merge: (aggregate: C, value: ValueOf<T>) => C, options?: KeyOptions<KeyOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, C>>>;

function batchInterval<T>(interval: Milliseconds | StreamingContext, options?: BatchIntervalOptions): OperatorFunction<T, Batch<T>>;

function cogroup<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>>, options: SharedKeyOptions<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<O>, Cogrouped<T, [O]>>>>;
function cogroup<T extends Pair<unknown, unknown> | MakePairsFirst, Os extends readonly (Pair<unknown, unknown> | MakePairsFirst)[]>(others: StreamsOf<Os>, options: SharedKeyOptions<T, Os[number]>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<Os[number]>, Cogrouped<T, Os>>>>;
function cogroup<T extends Pair<unknown, unknown> | MakePairsFirst, Os extends readonly (Pair<unknown, unknown> | MakePairsFirst)[]>(others: StreamsOf<Os> & KeysMeet<T, Os[number]>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<Os[number]>, Cogrouped<T, Os>>>>;
function cogroup<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>> & KeysMeet<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<O>, Cogrouped<T, [O]>>>>;

function combineByKey<T extends Pair<unknown, unknown> | MakePairsFirst, C>(create: (value: ValueOf<T>) => C, merge: (combined: C, value: ValueOf<T>) => C, options?: KeyOptions<KeyOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, C>>>;

function commitOffsets<T>(store: OffsetStore): MonoTypeOperatorFunction<Batch<T>>;

function countByValue<T>(options?: KeyOptions<T>): OperatorFunction<Batch<T>, Batch<Pair<T, number>>>;

function countByValueAndWindow<T>(options: CountByValueAndWindowOptions<T>): OperatorFunction<Batch<T>, Batch<Pair<T, number>>>;

function countByWindow<T>(options: WindowOptions): OperatorFunction<Batch<T>, Batch<number>>;

function countRecords<T>(): OperatorFunction<Batch<T>, Batch<number>>;

function days(n: number): Milliseconds;

function describeCheckpoint(store: InspectableCheckpoint, savepoint?: string): Promise<CheckpointDescription>;

function drain(options?: DrainOptions): DrainTrigger;

function dropDuplicates<T>(options: DropDuplicatesOptions<T> & ({
    readonly within: Milliseconds;
} | {
    readonly atMost: number;
})): MonoTypeOperatorFunction<Batch<T>>;

function filterRecords<T, U extends T>(keep: (record: T) => record is U): OperatorFunction<Batch<T>, Batch<U>>;
function filterRecords<T>(keep: (record: T) => unknown): OperatorFunction<Batch<T>, Batch<T>>;

function flatMapRecords<T, U>(fn: (record: T) => Iterable<U>): OperatorFunction<Batch<T>, Batch<U>>;

function flatMapValues<T extends Pair<unknown, unknown> | MakePairsFirst, U>(fn: (value: ValueOf<T>) => Iterable<U>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, U>>>;

function floorTime(time: number, interval: Milliseconds): number;

function foldByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(zero: Zero<Widen<ValueOf<T>>>, fold: (folded: Widen<ValueOf<T>>, value: Widen<ValueOf<T>>) => Widen<ValueOf<T>>, options?: KeyOptions<KeyOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>>;

function foreachBatch<T>(write: (batch: Batch<T>, signal: AbortSignal) => Answer<unknown>): MonoTypeOperatorFunction<Batch<T>>;

function foreachBatchInTransaction<T, H>(store: TransactionalOffsetStore<H>, write: (batch: Batch<T>, handle: H, signal: AbortSignal) => Answer<unknown>): MonoTypeOperatorFunction<Batch<T>>;

function foreachRecord<T>(write: (record: T, place: RecordPlace<T>) => Answer<unknown>, options?: ForeachRecordOptions): MonoTypeOperatorFunction<Batch<T>>;

function fullOuterJoin<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>>, options: SharedKeyOptions<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<O>, readonly [ValueOf<T> | undefined, ValueOf<O> | undefined]>>>;
function fullOuterJoin<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>> & KeysMeet<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<O>, readonly [ValueOf<T> | undefined, ValueOf<O> | undefined]>>>;

function groupByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(options?: KeyOptions<KeyOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, ValueOf<T>[]>>>;

function groupByKeyAndWindow<T extends Pair<unknown, unknown> | MakePairsFirst>(options: GroupByKeyAndWindowOptions<KeyOf<T>, ValueOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, ValueOf<T>[]>>>;

function held<T, U>(project: (batch: Batch<T>, signal: AbortSignal) => ObservableInput<Batch<U>>): OperatorFunction<Batch<T>, Batch<U>>;

function hours(n: number): Milliseconds;

function isSourceObservable<T>(value: Observable<T>): value is SourceObservable<T>;

function isStreamError(error: unknown, code?: ErrorCode): error is StreamError;

function join<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>>, options: SharedKeyOptions<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, readonly [ValueOf<T>, ValueOf<O>]>>>;
function join<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>> & KeysMeet<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, readonly [ValueOf<T>, ValueOf<O>]>>>;

function joinTable<T extends Pair<unknown, unknown> | MakePairsFirst, R extends Pair<unknown, unknown>, const O extends JoinTableOptions<KeyOf<T> | KeyOf<R>>>(table: Table<R>, options: O & Required<KeyOptions<KeyOf<T> | KeyOf<R>>>): OperatorFunction<Batch<T>, Batch<JoinedWithTable<T, R, O>>>;
function joinTable<T extends Pair<unknown, unknown> | MakePairsFirst, R extends Pair<unknown, unknown>, const O extends Omit<JoinTableOptions<never>, 'keyOf'> = {
    readonly kind: 'join';
}>(table: Table<R> & KeysMeet<T, R>, options?: O): OperatorFunction<Batch<T>, Batch<JoinedWithTable<T, R, O>>>;

function leftOuterJoin<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>>, options: SharedKeyOptions<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, readonly [ValueOf<T>, ValueOf<O> | undefined]>>>;
function leftOuterJoin<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>> & KeysMeet<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, readonly [ValueOf<T>, ValueOf<O> | undefined]>>>;

function mapChunks<T, U>(size: number, fn: (records: readonly T[], signal: AbortSignal) => Answer<Iterable<U>>, options?: ConcurrencyOptions): OperatorFunction<Batch<T>, Batch<U>>;

function mapRecords<T, U>(fn: (record: T) => U): OperatorFunction<Batch<T>, Batch<U>>;

function mapRecordsAsync<T, U>(fn: (record: T, signal: AbortSignal) => Answer<U>, options?: ConcurrencyOptions): OperatorFunction<Batch<T>, Batch<U>>;

function mapValues<T extends Pair<unknown, unknown> | MakePairsFirst, U>(fn: (value: ValueOf<T>) => U): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, U>>>;

function mapWithState<T extends Pair<unknown, unknown> | MakePairsFirst, S, U>(fn: (key: KeyOf<T>, value: Widen<ValueOf<T>> | undefined, state: KeyState<S>, batchTime: number) => U | undefined, options?: MapWithStateOptions<KeyOf<T>, S>): OperatorFunction<Batch<T>, StateBatch<U, KeyOf<T>, S>>;

function memoryCheckpoint(options?: MemoryCheckpointOptions): InspectableCheckpoint;

function memoryOffsets<K = unknown, V = unknown>(options?: MemoryOffsetsOptions): MemoryOffsets<K, V>;

function milliseconds(n: number): Milliseconds;

function minutes(n: number): Milliseconds;

function offsetCount(range: OffsetRange): number;

function persist<T>(): OperatorFunction<Batch<T>, Batch<T>>;

function print<T>(count?: number, options?: PrintOptions): MonoTypeOperatorFunction<Batch<T>>;

function queue<T>(batches: QueuedBatches<T>, options?: QueueOptions<T>): SourceObservable<T>;

function rate(options: RateOptions): SourceObservable<RateRecord>;

function reduceByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(reduce: (left: Widen<ValueOf<T>>, right: Widen<ValueOf<T>>) => Widen<ValueOf<T>>, options?: KeyOptions<KeyOf<T>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>>;

function reduceByKeyAndWindow<T extends Pair<unknown, unknown> | MakePairsFirst>(reduce: (left: Widen<ValueOf<T>>, right: Widen<ValueOf<T>>) => Widen<ValueOf<T>>, options: ReduceByKeyAndWindowOptions<KeyOf<T>, Widen<ValueOf<T>>>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>>;

function reduceByWindow<T>(reduce: (left: Widen<T>, right: Widen<T>) => Widen<T>, options: ReduceByWindowOptions<Widen<T>>): OperatorFunction<Batch<T>, Batch<Widen<T>>>;

function reduceRecords<T>(reduce: (left: Widen<T>, right: Widen<T>) => Widen<T>): OperatorFunction<Batch<T>, Batch<Widen<T>>>;

function remember<T>(duration: Milliseconds, options?: RememberOptions<T>): Remembered<T>;

function rightOuterJoin<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>>, options: SharedKeyOptions<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<O>, readonly [ValueOf<T> | undefined, ValueOf<O>]>>>;
function rightOuterJoin<T extends Pair<unknown, unknown> | MakePairsFirst, O extends Pair<unknown, unknown> | MakePairsFirst>(other: Observable<Batch<O>> & KeysMeet<T, O>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<O>, readonly [ValueOf<T> | undefined, ValueOf<O>]>>>;

function savepointOf(store: InspectableCheckpoint, name?: string): Savepoint;

function seconds(n: number): Milliseconds;

function sortRecords<T>(compare: (left: T, right: T) => number): OperatorFunction<Batch<T>, Batch<T>>;

function split<T, const B extends Readonly<Record<string, Branch<T>>>>(source: Observable<Batch<T>>, branches: B): SplitStreams<T, B>;

function stateSnapshots<K, S>(): OperatorFunction<StateBatch<unknown, K, S>, Batch<Pair<K, S>>>;

function stopGracefullyOnShutdown(contexts: StreamingContext | readonly StreamingContext[], options?: ShutdownOptions): () => void;

function takeRecords<T>(count: number): OperatorFunction<Batch<T>, Batch<T>>;

function timesUntil(from: number, until: number, step: Milliseconds): number[];

function topRecords<T>(count: number, by: (record: T) => Rank, options?: TopRecordsOptions): OperatorFunction<Batch<T>, Batch<T>>;

function transform<T, U>(fn: (batch: Batch<T>, signal: AbortSignal) => Answer<Transformed<U>>): OperatorFunction<Batch<T>, Batch<U>>;

function transformOf<Ts extends readonly unknown[], U>(streams: readonly [...{
    [I in keyof Ts]: Observable<Batch<Ts[I]>>;
}], fn: (batches: BatchesOf<Ts>) => Transformed<U>): Observable<Batch<U>>;

function transformWith<T, O, U>(other: Observable<Batch<O>>, fn: (batch: Batch<T>, other: Batch<O>) => Transformed<U>): OperatorFunction<Batch<T>, Batch<U>>;

function unionBatches<T, O = T>(...others: readonly Observable<Batch<O>>[]): OperatorFunction<Batch<T>, Batch<T | O>>;

function unionOf<Ts extends readonly [unknown, ...unknown[]] | readonly unknown[]>(...streams: {
    [I in keyof Ts]: Observable<Batch<Ts[I]>>;
}): Observable<Batch<Ts[number]>>;

function updateStateByKey<T extends Pair<unknown, unknown> | MakePairsFirst, S>(update: (values: readonly Widen<ValueOf<T>>[], state: S | undefined, key: KeyOf<T>, batchTime: number) => S | undefined, options?: UpdateStateByKeyOptions<KeyOf<T>, S>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, S>>>;

function updateStates<T extends Pair<unknown, unknown> | MakePairsFirst, S>(update: (keys: Iterable<KeyUpdate<KeyOf<T>, Widen<ValueOf<T>>, S>>, batchTime: number) => Iterable<readonly [KeyOf<T>, S]>, options?: UpdateStatesOptions<KeyOf<T>, S>): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, S>>>;

function windowBatches<T>(options: WindowBatchesOptions<T>): OperatorFunction<Batch<T>, Batch<T>>;
