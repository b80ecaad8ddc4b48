/** The bytes of a block, which follow from where it lies and what it holds. */
export function numberedContent(first: number, records: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, `${first}+${records}|`);
  // A frame's magic inside of a block is no frame.
  if (size > 60) bytes.write('RXDW', 40, 'latin1');
  return bytes;
}
