import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';

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
 * Removes what earlier processes of this host left beside `path` when they were killed between writing and renaming.
 * Temporaries of living processes and of other hosts stay.
 */
export async function removeLeftovers(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const start = `.${basename(path)}.tmp-`;
  const removed: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(start) || live.has(join(folder, name)) || !isOrphan(name.slice(start.length))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether the maker named in `<host>-<pid>-<thread>-<count>` is gone; a name of this very thread is left from an earlier life. */
function isOrphan(made: string): boolean {
  const [by, pid, thread, number, ...more] = made.split('-');
  if (by !== host() || number === undefined || more.length > 0 || !/^\d+$/.test(pid ?? '')) return false;
  return Number(pid) === process.pid ? Number(thread) === threadId : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
