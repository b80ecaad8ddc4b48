import { randomBytes } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { asyncScheduler, firstValueFrom, type SchedulerLike, timer } from 'rxjs';
import { livenessOf, thisProcess } from './processIdentity.ts';
import { makeFolder } from './syncFolder.ts';

/** How {@link whileLocked} waits. */
export interface LockOptions {
  /** Milliseconds after which it gives up. */
  readonly patienceMs: number;
  readonly scheduler?: SchedulerLike;
}

/** A lock that is held by somebody else for too long. */
export class FileLockHeld extends Error {
  override readonly name = 'FileLockHeld';
  readonly lock: string;

  constructor(lock: string) {
    super(`the lock ${lock} is held`);
    this.lock = lock;
  }
}

/**
 * Does something while no other process of this host does so for the same `path`.
 *
 * Whoever wants the lock puts a file of its own beside `path`, named after its process, and then looks for those of others: of two that
 * come at once both see each other, give way and come again. What a dead process has left counts for nothing: it does nothing any more. One that
 * stands still holds it until it goes on or is killed. A file of another host cannot be judged, and holds it until somebody removes it.
 */
export async function whileLocked<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { patienceMs, scheduler = asyncScheduler } = options;
  const mine = join(dirname(path), `${prefixOf(path)}${identity()}-${randomBytes(6).toString('hex')}`);
  const end = scheduler.now() + patienceMs;
  await makeFolder(dirname(path));
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const held = await tried(path, mine);
    if (held === undefined) break;
    if (scheduler.now() >= end) throw new FileLockHeld(held);
    // Not the same time for both.
    await firstValueFrom(timer(Math.ceil(pause * (1 + Math.random())), scheduler));
  }
  try {
    return await work();
  } finally {
    await rm(mine, { force: true });
  }
}

const LONGEST_PAUSE_MS = 32;

/** Puts the file; answers who else has one, after taking it away again. */
async function tried(path: string, mine: string): Promise<string | undefined> {
  await (await open(mine, 'wx')).close();
  try {
    const held = await heldByOther(path, mine);
    if (held !== undefined) await rm(mine, { force: true });
    return held;
  } catch (error) {
    await rm(mine, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function heldByOther(path: string, mine: string): Promise<string | undefined> {
  const prefix = prefixOf(path);
  for (const name of await readdir(dirname(path))) {
    const lock = join(dirname(path), name);
    if (!name.startsWith(prefix) || lock === mine) continue;
    if (!isDead(name.slice(prefix.length))) return lock;
    await rm(lock, { force: true });
  }
  return undefined;
}

function prefixOf(path: string): string {
  return `.${basename(path)}.lock-`;
}

/** This process, as a part of a file name without `-`: host, boot, number, start. */
function identity(): string {
  const { boot = '', pid, start = '' } = thisProcess();
  return [shownHost(), plain(boot), pid, start].join('-');
}

function isDead(name: string): boolean {
  const [host, boot, pid, start] = name.split('-');
  if (host !== shownHost()) return false;
  const now = thisProcess();
  const isThisBoot = boot === plain(now.boot ?? '');
  return (
    livenessOf({
      host: hostname(),
      boot: isThisBoot ? now.boot : `not ${now.boot}`,
      pid: Number(pid),
      start: start === '' ? undefined : start,
      command: '',
    }) === 'dead'
  );
}

function shownHost(): string {
  return hostname().replaceAll(/[^\w.]/g, '_');
}

function plain(boot: string): string {
  return boot.replaceAll('-', '');
}
