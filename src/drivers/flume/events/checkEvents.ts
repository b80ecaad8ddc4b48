import type { AvroReader } from '../avro/AvroReader.ts';
import { malformed } from '../avro/malformed.ts';
import { findEvent, found } from './findEvent.ts';

/** What the events of one message may ask of our memory. */
export interface EventLimits {
  readonly maxEvents: number;
  /** Headers of one event. */
  readonly maxHeaders: number;
}

/** An event takes two bytes at least: no headers, no body. */
const LEAST_EVENT_BYTES = 2;

/** Goes over an array of events; answers how many there are. Throws `DATA_CORRUPT` unless {@link visitEvents} can read them all. */
export function checkEvents(reader: AvroReader, limits: EventLimits): number {
  let events = 0;
  for (let left = reader.block(LEAST_EVENT_BYTES); left > 0; left = reader.block(LEAST_EVENT_BYTES)) {
    events += left;
    if (events > limits.maxEvents) throw malformed(`at most ${limits.maxEvents} events in a message`, events);
    for (; left > 0; left--) checkEvent(reader, limits);
  }
  return events;
}

/** Goes over one event. */
export function checkEvent(reader: AvroReader, { maxHeaders }: EventLimits): void {
  if (findEvent(reader.bytes, reader.at, maxHeaders)) {
    reader.at = found.end;
    return;
  }
  let headers = 0;
  for (let left = reader.block(2); left > 0; left = reader.block(2)) {
    headers += left;
    if (headers > maxHeaders) throw malformed(`at most ${maxHeaders} headers in an event (maxHeaders)`, headers);
    for (; left > 0; left--) {
      reader.skip();
      reader.skip();
    }
  }
  reader.skip();
}
