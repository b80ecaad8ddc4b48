import { AvroReader } from '../avro/AvroReader.ts';
import { malformed } from '../avro/malformed.ts';
import { FlumeEvent } from './FlumeEvent.ts';
import { findEvent, found } from './findEvent.ts';

/** The first byte of a block says how it is written: as an Avro array of events, the way it came. */
const AS_ARRAY: Uint8Array = Uint8Array.of(1);
const ONE: Uint8Array = Uint8Array.of(2);
const NO_MORE: Uint8Array = Uint8Array.of(0);

/** The parts of a block that holds an array of events which has been checked. */
export function blockOfEvents(array: Uint8Array): readonly Uint8Array[] {
  return [AS_ARRAY, array];
}

/** The parts of a block that holds one event which has been checked. */
export function blockOfEvent(event: Uint8Array): readonly Uint8Array[] {
  return [AS_ARRAY, ONE, event, NO_MORE];
}

/** The events of a block, one after the other until `visit` answers `false`. They are views of it: nothing is copied. */
export function visitEvents(block: Buffer, visit: (event: FlumeEvent) => unknown): void {
  if (block[0] !== AS_ARRAY[0]) throw malformed('a block of Flume events', `one that begins with byte ${block[0]}`);
  const reader = new AvroReader(block, 1);
  for (let left = reader.block(2); left > 0; left = reader.block(2)) {
    for (; left > 0; left--) {
      if (visit(nextEvent(reader)) === false) return;
    }
  }
}

function nextEvent(reader: AvroReader): FlumeEvent {
  const { bytes, at } = reader;
  if (findEvent(bytes, at, Number.MAX_SAFE_INTEGER)) {
    reader.at = found.end;
    return new FlumeEvent(bytes, at, found.bodyAt, found.end);
  }
  reader.skipMap();
  const length = reader.skip();
  return new FlumeEvent(bytes, at, reader.at - length, reader.at);
}
