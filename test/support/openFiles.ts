import { readdirSync, readlinkSync } from 'node:fs';

/** The files below `folder` that this process has open; none where the system does not tell. */
export function openFilesIn(folder: string): string[] {
  return descriptors()
    .map((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`);
      } catch {
        return ''; // closed meanwhile
      }
    })
    .filter((path) => path.startsWith(folder));
}

function descriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch {
    return []; // not Linux
  }
}

const OF_FILES = ['FSReqPromise', 'FSReqCallback', 'FileHandleCloseReq', 'FSEventWrap', 'StatWatcher', 'Zlib'];

/** What the process still has to do with files: requests, watchers, packing and unpacking. */
export function fileWork(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => OF_FILES.includes(kind));
}

/** Gives the event loop turns until something is so, or a great many turns have gone by. */
export async function turnsUntil(isSo: () => boolean, most = 20_000): Promise<void> {
  for (let turns = 0; turns < most && !isSo(); turns++) await turn();
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
