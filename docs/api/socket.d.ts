// rx-dstream/socket

interface SocketFramesOptions extends SocketOptions {
    readonly maxFrameBytes?: number;
    readonly onLongFrame?: 'reconnect' | 'fail';
}

interface SocketOptions {
    readonly port: number;
    readonly host?: string;
    readonly firstDelayMs?: Milliseconds;
    readonly maxDelayMs?: Milliseconds;
    readonly connectTimeoutMs?: Milliseconds;
    readonly log?: ReceiverLog;
    readonly maxBatchBytes?: number;
    readonly maxRatePerSecond?: number;
    readonly onUndecodable?: OnUndecodable;
    readonly maxBufferedBytes?: number;
    readonly onEnd?: 'reconnect' | 'complete';
    readonly onLost?: 'fail' | 'skip';
    readonly name?: string;
}

interface SocketTextOptions extends SocketOptions {
    readonly charset?: string;
    readonly delimiter?: string;
    readonly maxLineBytes?: number;
    readonly onLongLine?: 'reconnect' | 'skip' | 'truncate' | 'fail';
    readonly onInvalid?: 'replace' | 'fail';
}

function socketFrames(options: SocketFramesOptions): SourceObservable<Buffer>;

function socketText(options: SocketTextOptions): SourceObservable<string>;
