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
 * nothing if it is not there. The wanted file is known by its identity, whatever its name.
 */
export async function findGenerations(
  path: string,
  wanted: (file: FileGeneration) => boolean,
  ino?: string,
): Promise<FileGeneration[]> {
  const current = await openIfThere(path);
  await current?.identify();
  if (current !== undefined && wanted(current)) return [current];
  const renamed = (await siblingsOf(path)).filter((one) => one.hasName || one.ino === ino).reverse();
  for (const sibling of renamed) {
    const file = sibling.ino === current?.ino ? undefined : await openIfThere(sibling.path);
    await file?.identify(true);
    if (file !== undefined && wanted(file))
      return [file, ...(await openBetween(path, file, current)), current].filter(isFile);
    await file?.close();
  }
  await current?.close();
  return [];
}

/**
 * Opens the files that were at `path` after `before` and until `after`, oldest first: they are known by a rotated name (the
 * path, `.` or `-`, digits) and by having been changed no earlier than `before`.
 */
export async function openBetween(
  path: string,
  before: FileGeneration,
  after: FileGeneration | undefined,
): Promise<FileGeneration[]> {
  const since = await before.changed();
  const isBetween = ({ hasRotatedName, ino, changed }: Sibling): boolean =>
    hasRotatedName && ino !== before.ino && ino !== after?.ino && changed >= since;
  const between = (await siblingsOf(path)).filter(isBetween);
  return (await Promise.all(between.map((one) => openIfThere(one.path)))).filter(isFile);
}

interface Sibling {
  readonly path: string;
  readonly ino: string;
  readonly changed: bigint;
  /** The name begins with that of the path. */
  readonly hasName: boolean;
  readonly hasRotatedName: boolean;
}

/** The files beside `path`, in the order of their last change. */
async function siblingsOf(path: string): Promise<Sibling[]> {
  const folder = dirname(path);
  const name = basename(path);
  const siblings: Sibling[] = [];
  for (const entry of (await ifThere(readdir(folder))) ?? []) {
    const at = join(folder, entry);
    const stats = entry === name ? undefined : await ifThere(stat(at, { bigint: true }));
    if (stats === undefined || !stats.isFile()) continue;
    const hasName = entry.startsWith(name);
    const hasRotatedName = hasName && ROTATED.test(entry.slice(name.length));
    siblings.push({ path: at, ino: String(stats.ino), changed: stats.mtimeNs, hasName, hasRotatedName });
  }
  return siblings.sort((a, b) => (a.changed < b.changed ? -1 : a.changed > b.changed ? 1 : 0));
}

function isFile(file: FileGeneration | undefined): file is FileGeneration {
  return file !== undefined;
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
