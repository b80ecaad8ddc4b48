import { StreamError } from '../../core/errors.ts';

/** The offset that a node holds, or `OFFSET_STORE_FAILED`. */
export function offsetIn(path: string, data: string): number {
  const offset = Number(data);
  if (/^\d+$/.test(data) && Number.isSafeInteger(offset)) return offset;
  throw new StreamError(
    'OFFSET_STORE_FAILED',
    `zookeeperOffsets: expected an offset in decimal digits at ${path}, got ${JSON.stringify(data.slice(0, 40))}. ` +
      'Correct or delete that node by hand, or choose another group.',
    { details: { path } },
  );
}

/** The partition that a node's name is, if it is one. */
export function partitionIn(name: string): number | undefined {
  const partition = Number(name);
  return /^(?:0|[1-9]\d*)$/.test(name) && Number.isSafeInteger(partition) ? partition : undefined;
}
