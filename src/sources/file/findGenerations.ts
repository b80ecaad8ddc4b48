import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileGeneration } from './FileGeneration.ts';

/** What may follow a path in the name of a file that was rotated away: `.1`, `-20240131`, `.2024-01-31_10:00`. */
const ROTATED = /^[.-]\d[\d._:T-]*$/;

/** Opens what is at `path`, or answers `undefined` where there is nothing. */
export function openIfThere(path: string): Promise<FileGeneration | undefined> {
  return ifThere(FileGeneration.open(path));
}

/**
 * Looks for a generation at its path and, renamed, beside it. Answers it with those that came after it, oldest first;
 * nothing if it is not there. The wanted file is known by its identity, whatever its name; the files between it and the
 * one at the path are known by a rotated name (the path, `.` or `-`, digits) and a later change.
 */
export async function findGenerations(
  path: string,
  wanted: (file: FileGeneration) => boolean,
  ino?: string,
): Promise<FileGeneration[]> {
  const current = await openIfThere(path);
  await current?.identify();
  if (current !== undefined && wanted(current)) return [current];
  const siblings = await siblingsOf(path, ino);
  for (const [index, sibling] of siblings.entries()) {
    const file = await openIfThere(sibling.path);
    await file?.identify(true);
    if (file === undefined || file.ino === current?.ino || !wanted(file)) {
      await file?.close();
      continue;
    }
    const later = siblings.slice(0, index).filter((other) => other.rotated && other.ino !== current?.ino);
    const between = await Promise.all(later.reverse().map((other) => openIfThere(other.path)));
    return [file, ...between, current].filter((one) => one !== undefined);
  }
  await current?.close();
  return [];
}

interface Sibling {
  readonly path: string;
  readonly ino: string;
  readonly changed: bigint;
  readonly rotated: boolean;
}

/** The files beside `path` that may be a generation of it, the latest first. */
async function siblingsOf(path: string, ino: string | undefined): Promise<Sibling[]> {
  const folder = dirname(path);
  const name = basename(path);
  const siblings: Sibling[] = [];
  for (const entry of (await ifThere(readdir(folder))) ?? []) {
    if (entry === name) continue;
    const stats = await ifThere(stat(join(folder, entry), { bigint: true }));
    if (stats === undefined || !stats.isFile()) continue;
    if (!entry.startsWith(name) && String(stats.ino) !== ino) continue;
    const rotated = entry.startsWith(name) && ROTATED.test(entry.slice(name.length));
    siblings.push({ path: join(folder, entry), ino: String(stats.ino), changed: stats.mtimeNs, rotated });
  }
  return siblings.sort((a, b) => (a.changed < b.changed ? 1 : a.changed > b.changed ? -1 : 0));
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
