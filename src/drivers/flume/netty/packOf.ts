const WORD = 4;

/** A message as it goes over the wire, in one piece: `serial`, the number of buffers, then each with its length. */
export function packOf(serial: number, buffers: readonly Uint8Array[]): Buffer {
  const size = buffers.reduce((sum, { length }) => sum + WORD + length, 2 * WORD);
  const pack = Buffer.allocUnsafe(size);
  let at = pack.writeInt32BE(buffers.length, pack.writeInt32BE(serial | 0, 0));
  for (const buffer of buffers) {
    at = pack.writeInt32BE(buffer.length, at);
    pack.set(buffer, at);
    at += buffer.length;
  }
  return pack;
}
