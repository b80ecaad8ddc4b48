import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder, syncFolder } from './syncFolder.ts';
import { releaseTemporary, removeLeftovers, temporaryName } from './temporaryNames.ts';
import { type WriteLinesOptions, writeLines } from './writeLines.ts';

/** How {@link writeTextFolder} writes. */
export interface WriteTextFolderOptions extends WriteLinesOptions {
  /** What follows `part-00000` in the name of the file with the lines; `.gz` follows it where they are compressed. */
  readonly extension?: string;
}

/** What such a folder may hold, from us or from Spark; anything else in it is somebody's and is not replaced. */
const OURS = /^(?:part-.*|_SUCCESS|_temporary|\..*\.crc)$/;

/**
 * Writes one batch as Spark does: a folder with the lines in `part-00000` and an empty `_SUCCESS`, whole or not at all, on
 * disk when it answers. A folder of the same name from an earlier run of the batch is replaced.
 *
 * Lines are taken from the iterable as fast as the disk takes them, so a big batch is never one text in memory. The folder
 * is written under a hidden name beside it and renamed; where one is replaced, its name is missing for a moment between
 * two renames, and a crash just there leaves that to the repeat of the batch. An aborted `signal` rejects and leaves what
 * was there.
 */
export async function writeTextFolder(
  folder: string,
  lines: Iterable<string>,
  options: WriteTextFolderOptions = {},
): Promise<void> {
  const { signal, gzip = false, extension = '' } = options;
  const path = resolve(folder);
  const parent = dirname(path);
  await makeFolder(parent);
  const draft = temporaryName(path);
  const old = temporaryName(path);
  try {
    await mkdir(draft);
    await writeLines(join(draft, `part-00000${extension}${gzip ? '.gz' : ''}`), lines, { signal, gzip });
    await writeLines(join(draft, '_SUCCESS'), []);
    await syncFolder(draft);
    signal?.throwIfAborted();
    await takePlace(path, draft, old);
    await syncFolder(parent);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
    releaseTemporary(draft);
    releaseTemporary(old);
  }
}

/**
 * Removes what killed processes left of the outputs with this prefix. Once at the start is enough: a batch that was being
 * written then runs again.
 */
export async function sweepTextFolders(prefix: string): Promise<void> {
  const start = prefix === '' ? resolve('0') : resolve(`${prefix}-`);
  const stem = prefix === '' ? '' : basename(start);
  await removeLeftovers(dirname(start), (name) => name.startsWith(stem));
}

/** Puts the draft at `path`, and an earlier output of this batch out of the way; not that one without the other. */
async function takePlace(path: string, draft: string, old: string): Promise<void> {
  const replaces = await holdsOutput(path);
  if (replaces) await rename(path, old);
  try {
    await rename(draft, path);
  } catch (error) {
    if (replaces) await rename(old, path);
    throw error;
  }
}

/** Whether there is an earlier output; something else in its place is not touched. */
async function holdsOutput(path: string): Promise<boolean> {
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const other = names.find((name) => !OURS.test(name));
  if (other === undefined) return true;
  throw new Error(
    `expected ${path} to be the output of an earlier run of this batch, found ${other} in it. ` +
      'It was left as it is: move it away, or choose another prefix.',
  );
}
