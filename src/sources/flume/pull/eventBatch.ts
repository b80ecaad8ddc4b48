import type { AvroReader } from '../../../drivers/flume/avro/AvroReader.ts';
import { checkEvents, type EventLimits } from '../../../drivers/flume/events/checkEvents.ts';
import { readReply } from '../../../drivers/flume/ipc/calls.ts';

/** What a sink gave for `getEventBatch`, every byte of it checked. */
export interface EventBatch {
  /** Why there are no events; `''` if nothing is wrong. */
  readonly error: string;
  /** What the sink knows the batch by. */
  readonly sequence: string;
  readonly count: number;
  /** The events as they came: an Avro array. */
  readonly events: Buffer;
}

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_SEQUENCE_BYTES = 1024;

/** The answer to `getEventBatch`. Throws `DATA_CORRUPT` for bytes that are none, {@link SinkError} for an error of the call. */
export function readEventBatch(reader: AvroReader, limits: EventLimits): EventBatch {
  readNothingWrong(reader);
  const error = reader.text(MAX_ERROR_BYTES);
  const sequence = reader.text(MAX_SEQUENCE_BYTES);
  const { at } = reader;
  const count = checkEvents(reader, limits);
  const events = reader.bytes.subarray(at, reader.at);
  reader.end();
  return { error, sequence, count, events };
}

/** The answer to `ack` and `nack`, which says nothing. */
export function readNothing(reader: AvroReader): void {
  readNothingWrong(reader);
  reader.end();
}

function readNothingWrong(reader: AvroReader): void {
  const { error } = readReply(reader);
  if (error !== undefined) throw new SinkError(error);
}

/** A call failed in the agent: the connection is whole. */
export class SinkError extends Error {
  constructor(text: string) {
    super(`the agent answered an error: ${text.slice(0, 1000)}`);
  }
}
