import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Systems that have no way to sync a folder say so with these; there the file system orders renames by itself. */
const FOLDER_SYNC_UNKNOWN = new Set(['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP']);

/** Makes names that were created, renamed or removed in `folder` survive a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!FOLDER_SYNC_UNKNOWN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Makes `folder` and what is missing above it, durably. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let made = resolve(folder); made !== top; made = dirname(made)) await syncFolder(dirname(made));
}
