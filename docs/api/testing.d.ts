// rx-dstream/testing

interface Again {
    readonly store: CheckpointStore;
    readonly kept: Kept;
}

const BLOCK_LOG_LAWS: Readonly<Record<BlockLogLaw, BlockLogRule>>;

type BatchMarbleStream<T> = Observable<Batch<T>> & {
    readonly subscriptions: SubscriptionTimes[];
};

interface BatchMarbles {
    readonly run: DetachedRun;
    hot<T>(marbles: string, records?: Record<string, readonly T[]>, error?: unknown): BatchMarbleStream<T>;
    cold<T>(marbles: string, records?: Record<string, readonly T[]>, error?: unknown): BatchMarbleStream<T>;
    shown<T>(): OperatorFunction<Batch<T>, ShownBatch<T>>;
}

interface BatchMarblesOptions {
    readonly interval?: Milliseconds;
}

interface BatchOfOptions {
    readonly time?: number;
    readonly interval?: Milliseconds;
    readonly offsets?: readonly OffsetRange[];
    readonly run?: DetachedRun;
}

interface BatchRecords<T> {
    readonly time: number;
    readonly records: readonly T[];
}

type BlockLogLaw = 'beginsEmpty' | 'numbersRecords' | 'keepsWholeBlocks' | 'readsWhatWasAsked' | 'takesWithinLimits' | 'answersInOrder' | 'outlivesItsClose' | 'trimsForGood' | 'keepsTheLastNote' | 'refusesAtOnceWhenFull' | 'hasTheRoomItSays' | 'hasOneOwner';

interface BlockLogRule {
    readonly rule: string;
    readonly check: (trial: BlockLogTrial) => Promise<void>;
}

interface BlockLogTrial {
    begin(maxBytes?: number): Promise<BlockLog>;
    open(log: BlockLog): Promise<LogContents>;
    again(log: BlockLog): Promise<{
        readonly log: BlockLog;
        readonly contents: LogContents;
    }>;
    other(log: BlockLog): Promise<BlockLog | undefined>;
    readonly expect: TestFramework['expect'];
}

interface BlockLogUnderTest {
    readonly name: string;
    make(maxBytes: number): Answer<BlockLog>;
    reopen?(log: BlockLog): Answer<BlockLog>;
    readonly skip?: Readonly<Partial<Record<BlockLogLaw, string>>>;
}

const CHECKPOINT_LAWS: Readonly<Record<CheckpointLaw, CheckpointRule>>;

type CheckpointLaw = BatchLaw | StateLaw | EntryLaw | ValueLaw | OwnerLaw | SavepointLaw;

interface CheckpointRule {
    readonly rule: string;
    readonly check: (trial: CheckpointTrial) => Promise<void>;
    readonly durable?: boolean;
}

interface CheckpointStoreUnderTest {
    readonly name: string;
    readonly durable?: boolean;
    make(): Answer<CheckpointStore>;
    reopen?(store: CheckpointStore): Answer<CheckpointStore>;
    abandon?(store: CheckpointStore): Answer<void>;
    readonly skip?: Readonly<Partial<Record<CheckpointLaw, string>>>;
}

interface CheckpointTrial {
    make(): Promise<CheckpointStore>;
    begin(): Promise<CheckpointStore>;
    reopen(store: CheckpointStore): Promise<CheckpointStore>;
    abandon(store: CheckpointStore): Promise<void>;
    again(store: CheckpointStore): Promise<Again>;
    readonly expect: TestFramework['expect'];
}

type CrashPlace = 'cut' | 'read' | 'settled';

interface DetachedRun extends RunServices {
    readonly failure: {
        readonly error: unknown;
    } | undefined;
    end(): void;
}

interface DetachedRunOptions {
    readonly scheduler?: SchedulerLike;
}

type InputBatches<T> = readonly (readonly T[])[];

interface Kept {
    readonly lastTime: number | undefined;
    readonly unsettled: readonly PlannedBatch[];
    readonly positions: Readonly<Record<string, unknown>>;
    readonly states: Readonly<Record<string, KeptState>>;
}

type KeptEntry = readonly [id: number, key: unknown, value: unknown];

interface KeptState {
    readonly version: number;
    readonly entries: readonly KeptEntry[];
}

type MakeMarbles = (marbles: string, values?: Record<string, unknown>, error?: unknown) => Observable<unknown> & {
    readonly subscriptions: SubscriptionTimes[];
};

class ManualClock extends VirtualTimeScheduler {
    constructor(start: number);
    advanceBy(ms: Milliseconds): void;
    advanceTo(time: number): void;
}

interface MarbleHelpers {
    readonly hot: MakeMarbles;
    readonly cold: MakeMarbles;
    readonly scheduler: SchedulerLike;
}

type NamedStreams = Readonly<Record<string, Observable<Batch<unknown>>>>;

const OFFSET_STORE_LAWS: Readonly<Record<OffsetStoreLaw, OffsetStoreRule>>;

type OffsetStoreLaw = KeepingLaw | MeetingLaw | OwnerLaw | TransactionLaw | RepeatLaw;

interface OffsetStoreRule {
    readonly rule: string;
    readonly check: (trial: OffsetStoreTrial) => Promise<void>;
    readonly needs?: 'own' | 'begin';
}

interface OffsetStoreTrial {
    make(): Promise<OffsetStore>;
    reopen(store: OffsetStore): Promise<OffsetStore>;
    load(store: OffsetStore, topics?: readonly string[]): Promise<readonly CommittedOffset[]>;
    add(transaction: OffsetTransaction<unknown>, name: string, amount: number): Promise<void>;
    read(store: OffsetStore, name: string): Promise<number>;
    readonly expect: TestFramework['expect'];
}

interface OffsetStoreUnderTest {
    readonly name: string;
    make(): Answer<OffsetStore>;
    reopen?(store: OffsetStore): Answer<OffsetStore>;
    readonly owns?: boolean;
    readonly results?: ResultsUnderTest;
    readonly skip?: Readonly<Partial<Record<OffsetStoreLaw, string>>>;
}

type OutputBatches<O> = O extends Observable<Batch<infer R>> ? BatchRecords<R>[] : {
    readonly [N in keyof O]: O[N] extends Observable<Batch<infer R>> ? BatchRecords<R>[] : never;
};

interface ResultsUnderTest {
    add(handle: unknown, name: string, amount: number, store: OffsetStore): Answer<void>;
    read(store: OffsetStore, name: string): Answer<number>;
}

interface RunBatchesOptions {
    readonly interval?: Milliseconds;
    readonly batches?: number;
    readonly restartAfter?: number | readonly number[];
    readonly crashIn?: number | readonly number[];
    readonly checkpoint?: CheckpointStore;
    readonly onProgress?: (event: Progress) => void;
    readonly context?: Omit<StreamingContextOptions, 'interval' | 'trigger' | 'scheduler' | 'start' | 'batches' | 'checkpoint'>;
}

const SOURCE_LAWS: Readonly<Record<SourceLaw, Law>>;

type ShownBatch<T> = readonly T[] | {
    readonly time: number;
    readonly records: readonly T[];
};

type SourceLaw = 'inOrder' | 'noGapNoOverlap' | 'sameCut' | 'plainData' | 'limit' | 'offsets' | 'settled' | 'resumes' | 'unsettledAgain' | 'anotherProcess' | 'wakes' | 'closes' | 'direct' | 'leaves';

interface SourcePlace<T> {
    readonly source: SourceObservable<T>;
    feed(count: number): Answer<readonly unknown[]>;
    reopen?(): SourceObservable<T>;
    dispose?(): Answer<void>;
}

interface SourceTrial {
    readonly place: SourcePlace<unknown>;
    readonly recordKey: (record: unknown) => unknown;
    readonly unit: number;
    readonly patienceMs: number;
    readonly expect: TestFramework['expect'];
}

interface SourceUnderTest<T> {
    readonly name: string;
    make(): Answer<SourcePlace<T>>;
    readonly recordKey?: (record: T) => unknown;
    readonly unit?: number;
    readonly patienceMs?: Milliseconds;
    readonly skip?: Readonly<Partial<Record<SourceLaw, string>>>;
}

interface SubscriptionTimes {
    readonly subscribedFrame: number;
    readonly unsubscribedFrame: number;
}

interface TestFramework {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly it: ((name: string, test: () => Promise<void>) => unknown) & {
        readonly skip: (name: string, test: () => Promise<void>) => unknown;
    };
    readonly expect: (actual: unknown) => {
        toEqual(expected: unknown): unknown;
    };
}

type TestSourceCue = {
    readonly cue: 'pause';
    readonly batches: number;
} | {
    readonly cue: 'crash';
    readonly at: CrashPlace;
    readonly error: unknown;
} | {
    readonly cue: 'error';
    readonly error: unknown;
} | {
    readonly cue: 'end';
};

interface TestSourceFactory {
    <T>(script: readonly TestSourceStep<T>[], options?: TestSourceOptions): SourceObservable<T>;
    pause(batches?: number): TestSourceCue;
    crash(at?: CrashPlace, error?: unknown): TestSourceCue;
    error(error: unknown): TestSourceCue;
    end(): TestSourceCue;
}

interface TestSourceOptions {
    readonly name?: string;
    readonly offsets?: OffsetStore;
    readonly replayable?: boolean;
    readonly scheduler?: SchedulerLike;
}

type TestSourceStep<T> = readonly T[] | TestSourceCue;

function batchMarbles(helpers: MarbleHelpers, options?: BatchMarblesOptions): BatchMarbles;

function batchOf<T>(records: Iterable<T>, options?: BatchOfOptions): Batch<T>;

function blockLogContract(framework: TestFramework, subject: BlockLogUnderTest): void;

function checkpointContract(framework: TestFramework, subject: CheckpointStoreUnderTest): void;

function detachedRun(options?: DetachedRunOptions): DetachedRun;

function manualClock(start?: number): ManualClock;

function offsetStoreContract(framework: TestFramework, subject: OffsetStoreUnderTest): void;

function runBatches<I extends InputBatches<unknown>, O extends Observable<Batch<unknown>> | NamedStreams>(input: I, pipeline: (batches: Observable<Batch<I[number][number]>>, context: StreamingContext) => O, options?: RunBatchesOptions): OutputBatches<O>;
function runBatches<I extends Readonly<Record<string, InputBatches<unknown>>>, O extends Observable<Batch<unknown>> | NamedStreams>(inputs: I, pipeline: (streams: {
    readonly [N in keyof I]: Observable<Batch<I[N][number][number]>>;
}, context: StreamingContext) => O, options?: RunBatchesOptions): OutputBatches<O>;

function sourceContract<T>(framework: TestFramework, subject: SourceUnderTest<T>): void;

const testSource: TestSourceFactory;
