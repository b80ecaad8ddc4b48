import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What was fetched stays here, ignored by git. */
const CACHE = fileURLToPath(new URL('../../.services/', import.meta.url));

/**
 * The folder `.services/<name>`, filled by `fill` if it is not there yet. It appears complete or not at all, so
 * processes that fetch the same thing at once do not disturb each other.
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const wanted = join(CACHE, name);
  if (existsSync(wanted)) return wanted;
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, `.${name}-`));
  try {
    await fill(draft);
    moveInto(draft, wanted);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return wanted;
}

function moveInto(draft: string, wanted: string): void {
  try {
    renameSync(draft, wanted);
  } catch (error) {
    if (!existsSync(wanted)) throw error; // another process was faster: its copy is as good
  }
}

/** A new empty folder for one server, removed by whoever stops it. */
export function serverFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `rx-dstream-${name}-`));
}
