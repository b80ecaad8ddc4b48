/** What may pass by itself or by somebody making room. */
const PASSING = new Map([
  ['ENOSPC', 'the disk is full; make room'],
  ['EDQUOT', 'the quota is used up; make room'],
  ['EFBIG', 'the file may not grow that much; raise the limit on file sizes'],
  ['EMFILE', 'this process has no file handles left'],
  ['ENFILE', 'the system has no file handles left'],
  ['EBUSY', 'the file is in use'],
  ['EAGAIN', 'the system is short of resources'],
  ['ENOMEM', 'the system is short of memory'],
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
  ['EEXIST', 'something else is in its place; choose another path'],
  ['ENOENT', 'it is not there, or cannot be made there; choose another path'],
  ['ENAMETOOLONG', 'choose a shorter path'],
  ['EIO', 'the disk reports a defect; do not trust it before it is checked'],
]);

/** What is said of a failure that is in neither list. */
export const UNKNOWN_TROUBLE = 'see the cause';

/** What a failure of the file system means to whoever has to get rid of it. */
export interface FileTrouble {
  /** `ENOSPC` and the like; `unknown` where the failure has none. */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly passes: boolean;
  /** What is wrong and what to do. */
  readonly todo: string;
}

/** Understands what a call of the file system threw. */
export function fileTrouble(error: unknown): FileTrouble {
  const { code = 'unknown' } = (error ?? {}) as NodeJS.ErrnoException;
  return { code, passes: PASSING.has(code), todo: PASSING.get(code) ?? LASTING.get(code) ?? UNKNOWN_TROUBLE };
}

/** Whether a call of the file system failed with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && codes.includes(code);
}
