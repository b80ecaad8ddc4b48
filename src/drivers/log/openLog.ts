import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderOwner } from '../files/FolderOwner.ts';
import { syncFolder } from '../files/syncFolder.ts';
import type { LogReport } from './LogBlock.ts';
import { writeHead } from './LogHead.ts';
import { logFailure } from './logErrors.ts';
import { headName } from './logNames.ts';
import { ownLog } from './ownLog.ts';
import { type FoundLog, readLog } from './readLog.ts';

/** How {@link openLog} goes about it. */
export interface OpenLogOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  readonly recentBytes: number;
  readonly sync: boolean;
  readonly takeOver: boolean;
}

/** A log that is owned and was read. */
export interface OpenedLog extends OpenLogOptions, FoundLog {
  readonly owner: FolderOwner;
}

/**
 * Owns a log, reads it, and writes a head of its own epoch, which says what of the segments before counts: what owners before this one may still
 * write is not looked at any more.
 */
export async function openLog(options: OpenLogOptions, report: (report: LogReport) => void): Promise<OpenedLog> {
  const { folder } = options;
  try {
    let found: FoundLog | undefined;
    const owner = await ownLog(folder, options, async (me) => {
      found = await begin(me, options);
    });
    const opened = { ...(found as FoundLog), ...options, owner };
    if (opened.torn !== undefined) report(tornReport(folder, opened.torn));
    return opened;
  } catch (error) {
    throw logFailure(folder, 'opened', error);
  }
}

async function begin(owner: FolderOwner, { folder, sync }: OpenLogOptions): Promise<FoundLog> {
  const found = await readLog(folder);
  // Its owner may have been killed between write and sync: what counts from now on has to be on disk.
  if (sync) for (const { name } of found.unnamed) await syncFile(join(folder, name.file));
  const { id, index, note, nextSegment, names } = found;
  const { trimmed, next } = index;
  const segments = index.segments.map(({ name, first, next, bytes }) => ({ ...name, first, next, bytes }));
  await writeHead(folder, owner, { log: id, trimmed, next, nextSegment, note, segments }, sync);
  // From here on everybody who comes begins with this head: what it does not name can go.
  await owner.check();
  const live = new Set(segments.map(({ file }) => file));
  for (const { file, epoch } of [...names.segments, ...names.spares]) {
    if (epoch < owner.epoch && !live.has(file)) await remove(folder, file);
  }
  // The last one stays: whoever lists the folder meanwhile finds that one or the new one.
  const last = Math.max(...names.heads);
  for (const head of names.heads) if (head < last) await remove(folder, headName(head));
  if (sync) await syncFolder(folder);
  return found;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function remove(folder: string, file: string): Promise<void> {
  await rm(join(folder, file), { force: true });
}

function tornReport(folder: string, { file, bytes, what }: NonNullable<FoundLog['torn']>): LogReport {
  const unused =
    bytes === undefined ? 'it was never answered for and is' : `its ${bytes} bytes, which were never answered for, are`;
  const message = `writeAheadLog: the last write to ${file} in the folder ${folder} was cut off in the middle (${what}); ${unused} not used.`;
  return bytes === undefined ? { code: 'LOG_TORN', message } : { code: 'LOG_TORN', message, count: bytes };
}
