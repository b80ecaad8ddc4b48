import { isStreamError, StreamError } from '../../core/errors.ts';

/** What may pass by itself or by somebody making room. */
const PASSING = new Map([
  ['ENOSPC', 'the disk is full; make room'],
  ['EDQUOT', 'the quota is used up; make room'],
  ['EFBIG', 'the file may not grow that much; raise the limit on file sizes'],
  ['EMFILE', 'this process has no file handles left'],
  ['ENFILE', 'the system has no file handles left'],
  ['EBUSY', 'the file is in use'],
  ['EAGAIN', 'the system is short of resources'],
  ['ESTALE', 'the network file system lost the file'],
  ['ETIMEDOUT', 'the network file system does not answer'],
]);

/** What a person has to put right first. */
const LASTING = new Map([
  ['EACCES', 'give this process permission to read and write the file and its folder'],
  ['EPERM', 'give this process permission to read and write the file and its folder'],
  ['EROFS', 'the file system is read-only; mount it writable or choose another path'],
  ['EISDIR', 'a folder is in its place; choose another path'],
  ['ENOTDIR', 'a part of its path is no folder; choose another path'],
  ['ENAMETOOLONG', 'choose a shorter path'],
  ['EIO', 'the disk reports a defect; do not trust it before it is checked'],
]);

/** Throws the file system's failure as the store's. */
export function fileStoreError(path: string, act: 'read' | 'written', error: unknown): never {
  if (isStreamError(error)) throw error;
  const { code = 'unknown', message } = error as NodeJS.ErrnoException;
  const retriable = PASSING.has(code);
  const todo = PASSING.get(code) ?? LASTING.get(code) ?? 'see the cause';
  throw new StreamError(
    retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED',
    `fileOffsets: the offsets at ${path} could not be ${act} (${message}): ${todo}. The file that was there still is.`,
    { cause: error, retriable, details: { path, code } },
  );
}
