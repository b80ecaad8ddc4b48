// rx-dstream/receiver

interface BlockLog {
    readonly name: string;
    readonly durable: boolean;
    readonly maxBytes: number;
    readonly maxBlockBytes?: number;
    readonly bytes: number;
    hasRoom(bytes: number): boolean;
    open(scheduler: SchedulerLike, report: (report: LogReport) => void): Answer<LogContents>;
    append(block: NewBlock): Answer<number>;
    take(from: number, limit: TakeLimit): number;
    read(from: number, until: number): Answer<readonly LoggedBlock[]>;
    trim(until: number): Answer<void>;
    close(): Answer<void>;
}

interface CustomReceiverOptions<T> extends ReceiverOptions {
    readonly name: string;
    readonly receive: (receiving: Receiving<T>) => ReceiveAnswer;
    readonly encode?: (records: readonly T[]) => Uint8Array;
    readonly decode?: (block: Uint8Array) => Iterable<T>;
    readonly blockIntervalMs?: Milliseconds;
    readonly maxWaitingBytes?: number;
    readonly firstDelayMs?: Milliseconds;
    readonly maxDelayMs?: Milliseconds;
    readonly stopTimeoutMs?: Milliseconds;
}

interface LogContents {
    readonly id: string;
    readonly first: number;
    readonly next: number;
    readonly note: unknown;
}

interface LogReport {
    readonly code: 'LOG_TORN' | 'LOG_SLOW';
    readonly message: string;
    readonly cause?: unknown;
    readonly count?: number;
}

interface LoggedBlock {
    readonly first: number;
    readonly records: number;
    readonly bytes: Uint8Array;
}

interface MemoryLogOptions {
    readonly memory: true;
    readonly maxBytes?: number;
}

interface NewBlock {
    readonly parts: readonly Uint8Array[];
    readonly records: number;
    readonly note?: unknown;
}

type OnUndecodable = 'fail' | 'skip' | ((block: UndecodableBlock) => void);

type ReceiveAnswer = (() => Answer<void>) | PromiseLike<(() => Answer<void>) | undefined | void>;

interface Receiver<T> {
    start(host: ReceiverHost): Answer<void>;
    stop(): Answer<void>;
    decode(block: Uint8Array): Iterable<T> | RecordRun<T>;
}

interface ReceiverHost {
    readonly scheduler: SchedulerLike;
    readonly signal: AbortSignal;
    readonly note: unknown;
    store(block: NewBlock): Promise<void>;
    hasRoom(bytes: number): boolean;
    room(bytes: number, patience?: 'until stop' | 'until the end'): Promise<void>;
    report(code: SourceReport['code'], message: string, more?: Omit<SourceReport, 'code' | 'message'>): void;
    end(error?: unknown): void;
}

type ReceiverLog = string | WriteAheadLogOptions | MemoryLogOptions | (() => BlockLog);

interface ReceiverOptions {
    readonly log: ReceiverLog;
    readonly maxBatchBytes?: number;
    readonly maxRatePerSecond?: number;
    readonly onUndecodable?: OnUndecodable;
    readonly onLost?: 'fail' | 'skip';
}

interface Receiving<T> {
    readonly signal: AbortSignal;
    readonly scheduler: SchedulerLike;
    readonly note: unknown;
    store(records: readonly T[], note?: unknown): Promise<void>;
    add(record: T): Promise<void>;
    report(code: SourceReport['code'], message: string, more?: Omit<SourceReport, 'code' | 'message'>): void;
    restart(reason: unknown): void;
    end(error?: unknown): void;
}

interface TakeLimit {
    readonly maxRecords: number;
    readonly maxBytes: number;
}

interface UndecodableBlock {
    readonly bytes: Uint8Array;
    readonly first: number;
    readonly records: number;
    readonly error: unknown;
}

interface WriteAheadLogOptions {
    readonly folder: string;
    readonly maxBytes?: number | undefined;
    readonly segmentBytes?: number | undefined;
    readonly maxBlockBytes?: number | undefined;
    readonly recentBytes?: number | undefined;
    readonly sync?: 'always' | 'never' | undefined;
    readonly takeOver?: boolean | undefined;
}

function receiver<T>(options: CustomReceiverOptions<T>): SourceObservable<T>;
