import { readdirSync, readlinkSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect } from 'vitest';

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

/** Fails this test file if it forgets to close a file: Node says so when it collects the garbage. */
export function closesItsFiles(): void {
  const forgotten: string[] = [];
  const listener = ({ message }: Error): void => {
    if (/on garbage collection/.test(message)) forgotten.push(message);
  };
  beforeAll(() => {
    process.on('warning', listener);
  });
  afterAll(async () => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    for (let turns = 0; turns < 10; turns++) await turn();
    process.off('warning', listener);
    expect(forgotten).toEqual([]);
  });
}
