import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { processIsThere } from './processIdentity.ts';

const live = new Set<string>();
let count = 0;

/** The host as a part of a file name; holds no `-`. */
function host(): string {
  return hostname().replaceAll(/[^\w.]/g, '_');
}

/**
 * A new name beside `path`, for what will be renamed to it. It tells host, process and thread, so that nobody takes away
 * what another still writes. Give it back with {@link releaseTemporary}.
 */
export function temporaryName(path: string): string {
  count += 1;
  const name = join(dirname(path), `.${basename(path)}.tmp-${host()}-${process.pid}-${threadId}-${count}`);
  live.add(name);
  return name;
}

/** The temporary is renamed or given up. */
export function releaseTemporary(name: string): void {
  live.delete(name);
}

/**
 * Removes what earlier processes of this host left in `folder` when they were killed between writing and renaming, as far
 * as it was to become something that `wanted` says yes to. Temporaries of living processes and of other hosts stay.
 */
export async function removeLeftovers(folder: string, wanted: (name: string) => boolean): Promise<void> {
  for (const name of await namesIn(folder)) {
    const [, becomes, made] = /^\.(.+)\.tmp-([^-]+-\d+-\d+-\d+)$/.exec(name) ?? [];
    if (becomes === undefined || made === undefined || live.has(join(folder, name))) continue;
    if (wanted(becomes) && isOrphan(made)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether the maker in `<host>-<pid>-<thread>-<count>` is gone; what this very thread does not know is from an earlier life. */
function isOrphan(made: string): boolean {
  const [by, pid, thread] = made.split('-');
  if (by !== host()) return false;
  return Number(pid) === process.pid ? Number(thread) === threadId : !processIsThere(Number(pid));
}
