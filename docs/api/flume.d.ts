// rx-dstream/flume

class FlumeEvent {
    private readonly block;
    private readonly at;
    private readonly bodyAt;
    private readonly end;
    constructor(block: Buffer, at: number, bodyAt: number, end: number);
    get headers(): FlumeHeaders;
    get body(): Buffer;
    get bodyText(): string;
    detached(): FlumeEvent;
    toJSON(): {
        readonly headers: Readonly<Record<string, string>>;
        readonly body: string;
    };
}

type FlumeHeaders = ReadonlyMap<string, string>;

interface FlumePullOptions extends ReceiverOptions {
    readonly agents: readonly {
        readonly host: string;
        readonly port: number;
    }[];
    readonly connectionsPerAgent?: number;
    readonly maxEventsPerBatch?: number;
    readonly maxMessageBytes?: number;
    readonly maxHeaders?: number;
    readonly connectTimeoutMs?: Milliseconds;
    readonly replyTimeoutMs?: Milliseconds;
    readonly batchTimeoutMs?: Milliseconds;
    readonly firstDelayMs?: Milliseconds;
    readonly maxDelayMs?: Milliseconds;
    readonly sinkTimeoutMs?: Milliseconds;
    readonly drainMs?: Milliseconds;
    readonly name?: string;
}

interface FlumePushOptions extends ReceiverOptions {
    readonly port: number;
    readonly host?: string;
    readonly allowFrom?: readonly string[];
    readonly tls?: SecureContextOptions;
    readonly compression?: 'any' | 'deflate' | 'none';
    readonly maxMessageBytes?: number;
    readonly maxEventsPerMessage?: number;
    readonly maxHeaders?: number;
    readonly maxConnections?: number;
    readonly maxBytesInFlight?: number;
    readonly messageTimeoutMs?: Milliseconds;
    readonly idleTimeoutMs?: Milliseconds;
    readonly onListening?: (address: {
        readonly host: string;
        readonly port: number;
    }) => void;
    readonly name?: string;
}

function flumePull(options: FlumePullOptions): SourceObservable<FlumeEvent>;

function flumePush(options: FlumePushOptions): SourceObservable<FlumeEvent>;
