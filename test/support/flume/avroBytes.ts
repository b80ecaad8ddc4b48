/** Avro by hand, so that what the sources read was not written by themselves. */

/** A zigzag varint of a number within 32 bits. */
export function long(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export function bytes(value: string | Uint8Array): Buffer {
  const content = Buffer.from(value as Uint8Array);
  return Buffer.concat([long(content.length), content]);
}

/** A map of texts in one block. */
export function texts(entries: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(entries);
  if (pairs.length === 0) return Buffer.from([0]);
  return Buffer.concat([long(pairs.length), ...pairs.flat().map(bytes), Buffer.from([0])]);
}

/** An event as a test writes it: a body, or with headers. */
export type WrittenEvent = string | { readonly headers?: Readonly<Record<string, string>>; readonly body: string };

export function event(written: WrittenEvent): Buffer {
  const { headers = {}, body } = typeof written === 'string' ? { body: written } : written;
  return Buffer.concat([texts(headers), bytes(body)]);
}

/** An array of events in one block. */
export function events(written: readonly WrittenEvent[]): Buffer {
  if (written.length === 0) return Buffer.from([0]);
  return Buffer.concat([long(written.length), ...written.map(event), Buffer.from([0])]);
}

/** One message of the Netty framing, of so many buffers. */
export function pack(serial: number, ...buffers: readonly Uint8Array[]): Buffer {
  const number = (value: number): Buffer => {
    const four = Buffer.alloc(4);
    four.writeInt32BE(value | 0);
    return four;
  };
  return Buffer.concat([
    number(serial),
    number(buffers.length),
    ...buffers.flatMap((buffer) => [number(buffer.length), buffer]),
  ]);
}

/** Bytes in the pieces in which Java sends them. */
export function javaBuffers(content: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += 8192) pieces.push(content.subarray(at, at + 8192));
  return pieces;
}
