/**
 * Every code a {@link StreamError} can carry. The list is closed: a new failure gets a new line here, with what it means.
 */
export const ERROR_CODES = {
  /** An argument is wrong; thrown where it is written. */
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  /** Something that is not a batch reached an operator on batches: `batchInterval` is missing. */
  NOT_A_BATCH: 'NOT_A_BATCH',
  /** A batch was held or read after its scope had settled: something delayed it without `held`. */
  BATCH_SETTLED: 'BATCH_SETTLED',
  /** One input brought the same batch time twice, or an older one. */
  BATCH_ORDER: 'BATCH_ORDER',
  /** Two paired streams have different slides. */
  SLIDE_MISMATCH: 'SLIDE_MISMATCH',
  /** Two paired streams belong to different contexts. */
  CONTEXT_MIXED: 'CONTEXT_MIXED',
  /** A batch stream was subscribed while its context was already running. */
  CONTEXT_STARTED: 'CONTEXT_STARTED',
  /** The context was stopped; it does not start again. */
  CONTEXT_STOPPED: 'CONTEXT_STOPPED',
  /** Two live sources of a context have the same name. */
  SOURCE_TWICE: 'SOURCE_TWICE',
  /** The checkpoint holds an unsettled batch of a source that no longer exists. */
  SOURCE_MISSING: 'SOURCE_MISSING',
  /** A source failed for good. */
  SOURCE_FAILED: 'SOURCE_FAILED',
  /** A source cannot reach what it reads, for now. */
  SOURCE_UNAVAILABLE: 'SOURCE_UNAVAILABLE',
  /** Records between the wanted and the available position are gone. */
  DATA_LOST: 'DATA_LOST',
  /** Bytes that break their format: checksum, framing, truncation. */
  DATA_CORRUPT: 'DATA_CORRUPT',
  /** A record's key or value could not be decoded. */
  RECORD_UNDECODABLE: 'RECORD_UNDECODABLE',
  /** A topic or partition that was asked for does not exist. */
  TOPIC_MISSING: 'TOPIC_MISSING',
  /** A buffer the user bounded is full. */
  BUFFER_FULL: 'BUFFER_FULL',
  /** A write-ahead log could not be written or read. */
  LOG_FAILED: 'LOG_FAILED',
  /** A write-ahead log belongs to another process that is running. */
  LOG_OWNED: 'LOG_OWNED',
  /** A write-ahead log holds bytes that break its format in front of others that are whole. */
  LOG_CORRUPT: 'LOG_CORRUPT',
  /** A pipeline that could lose data has no output. */
  NO_OUTPUT: 'NO_OUTPUT',
  /** `commitOffsets` met a batch none of whose sources has positions. */
  NO_OFFSETS: 'NO_OFFSETS',
  /** A user function failed while a batch was evaluated. */
  OPERATOR_FAILED: 'OPERATOR_FAILED',
  /** An output failed; nothing of its batch was committed. */
  OUTPUT_FAILED: 'OUTPUT_FAILED',
  /** An offset store cannot be reached, for now. */
  OFFSET_STORE_UNAVAILABLE: 'OFFSET_STORE_UNAVAILABLE',
  /** An offset store refused a commit, or holds what cannot be read. */
  OFFSET_STORE_FAILED: 'OFFSET_STORE_FAILED',
  /** Another writer has taken the group of an offset store over: this one can commit no more. */
  OFFSET_STORE_TAKEN: 'OFFSET_STORE_TAKEN',
  /** A checkpoint could not be read or written. */
  CHECKPOINT_FAILED: 'CHECKPOINT_FAILED',
  /** What keeps a checkpoint cannot be reached, for now. */
  CHECKPOINT_UNAVAILABLE: 'CHECKPOINT_UNAVAILABLE',
  /** A checkpoint belongs to another context that is running. */
  CHECKPOINT_OWNED: 'CHECKPOINT_OWNED',
  /** Another context has taken the checkpoint over: this one can write no more. */
  CHECKPOINT_TAKEN: 'CHECKPOINT_TAKEN',
  /** A checkpoint holds bytes that break its format, or misses a part of itself. */
  CHECKPOINT_CORRUPT: 'CHECKPOINT_CORRUPT',
  /** A checkpoint was written by a newer version of this package or of the user's code. */
  CHECKPOINT_NEWER: 'CHECKPOINT_NEWER',
  /** A state value cannot be written or read as it is: it is no plain data, or `codec` or `migrate` failed. */
  STATE_UNREADABLE: 'STATE_UNREADABLE',
  /** The values of a state could not be written to or read from where they lie outside memory. */
  STATE_STORE_FAILED: 'STATE_STORE_FAILED',
  /** A stateful operator under a durable checkpoint has no name. */
  NAME_REQUIRED: 'NAME_REQUIRED',
  /** Two stateful operators of a context have the same name. */
  NAME_TWICE: 'NAME_TWICE',
  /** A state value was changed in place. */
  STATE_MUTATED: 'STATE_MUTATED',
  /** A graceful stop did not end before its deadline. */
  STOP_DEADLINE: 'STOP_DEADLINE',
} as const;

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What a {@link StreamError} may say besides its code and message. */
export interface StreamErrorOptions {
  /** The failure underneath. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later. Default `false`. */
  readonly retriable?: boolean;
  /** Plain facts for programs: topic, partition, offset, path ... */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Every failure this package raises: a `code` from a closed list, a message that says what was expected, what came
 * and what to do, and the `cause` underneath.
 */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: StreamErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.details = options.details ?? {};
  }
}

/** Whether `error` is a {@link StreamError}, with `code` if one is given. */
export function isStreamError(error: unknown, code?: ErrorCode): error is StreamError {
  return error instanceof StreamError && (code === undefined || error.code === code);
}
