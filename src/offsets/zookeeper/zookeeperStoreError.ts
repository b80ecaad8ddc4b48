import { isStreamError, StreamError } from '../../core/errors.ts';
import { ZooKeeperFailure } from '../../drivers/zookeeper/ZooKeeperFailure.ts';

/** What helps against the refusals that people meet. */
const ADVICE: Readonly<Record<string, string>> = {
  NO_AUTH: 'Give the user and password of whoever made those nodes with auth, or change their ACL.',
  AUTH_FAILED: 'Give the right user and password with auth.',
  INVALID_ACL: 'acl "creator" needs auth; the id of a digest is user:hash.',
  NO_CHILDREN_FOR_EPHEMERALS: 'Another program keeps an ephemeral node there: choose another group, root or layout.',
  QUOTA_EXCEEDED: 'Raise the quota of that node.',
};

/** Throws a failure of ZooKeeper as the store's. */
export function zookeeperStoreError(act: 'load' | 'commit' | 'own', error: unknown): never {
  if (isStreamError(error) || !(error instanceof ZooKeeperFailure)) throw error;
  const { kind, message, code = '' } = error;
  const cause = error.cause ?? error;
  if (kind === 'refused') {
    const advice = ADVICE[code] ?? 'See the cause.';
    throw new StreamError('OFFSET_STORE_FAILED', `zookeeperOffsets ${act}: ${message}. ${advice}`, { cause });
  }
  const ambiguous =
    act === 'commit'
      ? 'The commit may have taken effect; repeating it is safe.'
      : 'Is it running there? Try again with retry({ delay: 1000 }).';
  throw new StreamError('OFFSET_STORE_UNAVAILABLE', `zookeeperOffsets ${act}: ${message}. ${ambiguous}`, {
    cause,
    retriable: true,
  });
}

/** The group belongs to somebody else by now. */
export function takenError(place: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_TAKEN',
    `zookeeperOffsets: expected to own the group at ${place}, but another writer has taken it over. ` +
      'Nothing of the commit was stored, and this store object stays out. Run one pipeline for each group.',
    { details: { path: place } },
  );
}
