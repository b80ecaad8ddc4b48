import type { ZooKeeperAcl, ZooKeeperOp } from './ZooKeeperCalls.ts';
import type { PackageAcl, PackageTransaction, ZooKeeperPackage } from './zookeeperPackage.ts';

const PERMISSIONS = { read: 1, write: 2, create: 4, delete: 8, admin: 16 } as const;

/** Adds an operation to a transaction of the package, with its version as it is. */
export function addOp(kit: ZooKeeperPackage, transaction: PackageTransaction, op: ZooKeeperOp): void {
  const { path } = op;
  if (op.act === 'create') {
    const acls = op.acl.map((acl) => packageAcl(kit, acl));
    transaction.create(path, Buffer.from(op.data), acls);
    return;
  }
  if (op.act === 'check') transaction.check(path, op.version);
  else if (op.act === 'delete') transaction.remove(path, op.version);
  else transaction.setData(path, Buffer.from(op.data), op.version);
  // The package takes version 0 for none, and would check nothing.
  (transaction.ops.at(-1) as { version?: number }).version = op.version;
}

function packageAcl({ ACL, Id }: ZooKeeperPackage, { scheme, id, permissions }: ZooKeeperAcl): PackageAcl {
  const bits = permissions.reduce((sum, permission) => sum | PERMISSIONS[permission], 0);
  return new ACL(bits, new Id(scheme, id));
}
