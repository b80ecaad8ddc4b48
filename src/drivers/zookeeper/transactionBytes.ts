import type { ZooKeeperOp } from './ZooKeeperCalls.ts';

/** What a request and its list of operations take besides the operations: length, header, mark of the end. */
const FRAME = 4 + 8 + 9;

/** The bytes of a transaction as it is sent. */
export function transactionBytes(ops: readonly ZooKeeperOp[]): number {
  return ops.reduce((sum, op) => sum + opBytes(op), FRAME);
}

function opBytes(op: ZooKeeperOp): number {
  const node = 9 + textBytes(op.path);
  if (op.act === 'check' || op.act === 'delete') return node + 4;
  if (op.act === 'set') return node + textBytes(op.data) + 4;
  const acl = op.acl.reduce((sum, { scheme, id }) => sum + 4 + textBytes(scheme) + textBytes(id), 4);
  return node + textBytes(op.data) + acl + 4;
}

function textBytes(text: string): number {
  return 4 + Buffer.byteLength(text);
}
