import { type Dirent, type Stats, stat } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenFile } from './directoryPosition.ts';
import type { FolderPattern } from './folderPattern.ts';
import { isHiddenName } from './hiddenName.ts';
import { inLanes } from './inLanes.ts';

/** Questions to the file system under way at a time. */
const WIDTH = 32;

/** What is looked at. */
export interface ListingRules {
  readonly folders: FolderPattern;
  /** Folders in folders too. */
  readonly recursive: boolean;
  readonly includeHidden: boolean;
  readonly filter: ((name: string, path: string) => boolean) | undefined;
}

/** What was found. */
export interface Listing {
  /** Every file that the rules let through. */
  readonly names: ReadonlySet<string>;
  /** The files that are not known, as they are now. */
  readonly files: readonly ChosenFile[];
  /** Pipes, sockets and devices: names that cannot be read as a file. */
  readonly special: readonly string[];
  /** Folders and files that could not be looked at. `''` is the watched directory itself. */
  readonly troubles: ReadonlyMap<string, unknown>;
}

/** Lists the files of a directory, or of every directory that the pattern selects, and looks at those that are not known. */
export async function listFolders(
  { folders, recursive, includeHidden, filter }: ListingRules,
  isKnown: (name: string) => boolean,
  signal: AbortSignal,
): Promise<Listing> {
  const names = new Set<string>();
  const special: string[] = [];
  const troubles = new Map<string, unknown>();
  const candidates: string[] = [];

  const isShown = (name: string): boolean => includeHidden || !isHiddenName(name);
  const wantsFile = (name: string, path: string): boolean => isShown(name) && (filter?.(name, path) ?? true);

  async function entriesOf(folder: string): Promise<readonly Dirent[]> {
    signal.throwIfAborted();
    try {
      return await readdir(join(folders.base, folder), { withFileTypes: true });
    } catch (error) {
      // A folder that has gone meanwhile, or that a pattern asks for and only some folders have, holds nothing.
      if (folder === '' || !isAbsent(error)) troubles.set(folder, error);
      return [];
    }
  }

  /** The folders that the rest of the pattern selects. */
  async function select(folder: string, depth: number): Promise<void> {
    const part = folders.parts[depth];
    if (part === undefined) return list(folder);
    if (typeof part === 'string') return select(within(folder, part), depth + 1);
    const mayBeHidden = includeHidden || /^\^(?:\\\.|_)/.test(part.source);
    for (const { name } of await folderEntries(folder)) {
      if (part.test(name) && (mayBeHidden || !isHiddenName(name))) await select(within(folder, name), depth + 1);
    }
  }

  /** Folders, and links that may lead to one. */
  async function folderEntries(folder: string): Promise<readonly Dirent[]> {
    const entries = await entriesOf(folder);
    const links = entries.filter((entry) => entry.isSymbolicLink());
    const targets = new Map<Dirent, boolean>();
    for (const link of links) {
      const target = await statOf(join(folders.base, folder, link.name)).catch(() => undefined);
      targets.set(link, target?.isDirectory() ?? false);
    }
    return entries.filter((entry) => entry.isDirectory() || targets.get(entry) === true);
  }

  async function list(folder: string): Promise<void> {
    const deeper: string[] = [];
    for (const entry of await entriesOf(folder)) {
      const path = within(folder, entry.name);
      if (entry.isDirectory()) {
        if (recursive && isShown(entry.name)) deeper.push(path);
      } else if (wantsFile(entry.name, join(folders.base, path))) {
        if (entry.isFile() || entry.isSymbolicLink()) {
          names.add(path);
          if (!isKnown(path)) candidates.push(path);
        } else special.push(path);
      }
    }
    for (const path of deeper) await list(path);
  }

  await select('', 0);
  const found: (ChosenFile | undefined)[] = new Array(candidates.length);
  await inLanes(candidates, WIDTH, async (name, at) => {
    signal.throwIfAborted();
    let stats: Stats | undefined;
    try {
      stats = await statOf(join(folders.base, name));
    } catch (error) {
      troubles.set(name, error);
    }
    if (stats?.isFile() === true) found[at] = [name, stats.size, Math.floor(stats.mtimeMs), stats.ino];
    else if (stats !== undefined && !stats.isDirectory()) special.push(name);
    // It has gone meanwhile, unless it is there under a name that no text can express.
    else if (stats === undefined && name.includes('\ufffd'))
      troubles.set(name, new Error('its name is not valid UTF-8'));
  });
  return { names, files: found.filter((file) => file !== undefined), special, troubles };
}

function within(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Of what a link leads to; nothing if it has gone meanwhile. */
function statOf(path: string): Promise<Stats | undefined> {
  return new Promise((resolve, reject) => {
    stat(path, (error, stats) => {
      if (error === null) resolve(stats);
      else if (error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
  });
}
