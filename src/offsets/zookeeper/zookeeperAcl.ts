import { refuse, textArgument } from '../../core/arguments.ts';
import type { ZooKeeperAcl } from '../../drivers/zookeeper/ZooKeeperCalls.ts';

/** Everybody may do everything. */
export const OPEN_ACL: readonly ZooKeeperAcl[] = [
  { scheme: 'world', id: 'anyone', permissions: ['read', 'write', 'create', 'delete', 'admin'] },
];

const ALL: readonly string[] = ['read', 'write', 'create', 'delete', 'admin'];

/** What the option `acl` of `zookeeperOffsets` says, or `INVALID_ARGUMENT`. */
export function zookeeperAcl(acl: 'open' | 'creator' | readonly ZooKeeperAcl[]): readonly ZooKeeperAcl[] {
  if (acl === 'open') return OPEN_ACL;
  if (acl === 'creator') return OPEN_ACL.map((entry) => ({ ...entry, scheme: 'auth', id: '' }));
  if (!Array.isArray(acl) || acl.length === 0) refuse('zookeeperOffsets(acl)', '"open", "creator" or a list', acl);
  acl.forEach((entry: Partial<ZooKeeperAcl> | null, n) => {
    const where = `zookeeperOffsets(acl[${n}]`;
    if (typeof entry !== 'object' || entry === null) refuse(`${where})`, '{ scheme, id, permissions }', entry);
    const { scheme, id, permissions } = entry;
    textArgument(`${where}.scheme)`, scheme);
    if (typeof id !== 'string') refuse(`${where}.id)`, 'a text', id);
    if (Array.isArray(permissions) && permissions.length > 0 && permissions.every((one) => ALL.includes(one))) return;
    refuse(`${where}.permissions)`, `some of ${ALL.join(', ')}`, permissions);
  });
  return acl;
}
