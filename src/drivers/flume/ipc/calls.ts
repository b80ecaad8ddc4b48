import type { AvroReader } from '../avro/AvroReader.ts';
import { AvroWriter } from '../avro/AvroWriter.ts';

/** No message of ours has a longer name. */
const MAX_NAME_BYTES = 256;

/** The name of the called message; its parameters follow. `''` is a ping, which is answered with the handshake alone. */
export function readCallName(reader: AvroReader): string {
  reader.skipMap();
  return reader.text(MAX_NAME_BYTES);
}

/** A call: no meta data, the name, the parameters. */
export function writeCall(message: string, writeParameters: (writer: AvroWriter) => void): Buffer {
  const writer = new AvroWriter().end().text(message);
  writeParameters(writer);
  return writer.written();
}

/** What a server answered to a call: the result follows, or it failed with this text. */
export function readReply(reader: AvroReader): { readonly error?: string } {
  reader.skipMap();
  if (!reader.boolean()) return {};
  // None of the protocols declares errors of its own, so an error is a union of one branch: a text.
  reader.choice(1);
  return { error: reader.text() };
}

/** A reply with a result. */
export function writeResult(writeValue: (writer: AvroWriter) => void): Buffer {
  const writer = new AvroWriter().end().boolean(false);
  writeValue(writer);
  return writer.written();
}

/** A reply that says what went wrong. */
export function writeError(message: string): Buffer {
  return new AvroWriter().end().boolean(true).long(0).text(message).written();
}
