import type { EventLimits } from '../../../drivers/flume/events/checkEvents.ts';

/** How agents are talked to. */
export interface PullSettings extends EventLimits {
  /** Events asked for at once. */
  readonly maxEventsPerBatch: number;
  readonly maxMessageBytes: number;
  readonly connectTimeoutMs: number;
  /** For every answer but that to `getEventBatch`, which comes when there are events. */
  readonly replyTimeoutMs: number;
  /** For the answer to `getEventBatch`. */
  readonly batchTimeoutMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** The sink's own: how long it waits for the answer to a batch. */
  readonly sinkTimeoutMs: number;
  /** How long a stop waits for batches that were asked for. */
  readonly drainMs: number;
}
