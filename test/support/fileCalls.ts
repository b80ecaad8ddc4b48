import type { FileHandle } from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll } from 'vitest';

/** One call of the file system that is about to be made. */
export interface FileCall {
  readonly name: string;
  /** Of what; empty where it is an open file. */
  readonly path: string;
}

type Before = (call: FileCall) => Promise<void> | void;
type Call = (...args: readonly unknown[]) => Promise<unknown>;
type Calls = Record<string, Call>;

const NAMES = ['access', 'copyFile', 'link', 'mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm', 'stat'];
const OF_HANDLES = ['write', 'writev', 'writeFile', 'truncate', 'sync', 'datasync'];

/**
 * Runs `task` with every asynchronous call of the file system in this process, closing apart, going through `before`: it may wait, or throw in the
 * place of the call. Everything is as it was afterwards.
 */
export async function withFileCalls<T>(before: Before, task: () => Promise<T>): Promise<T> {
  const handles = await handleCalls();
  const through =
    (name: string, real: Call): Call =>
    async (...args) => {
      await before({ name, path: typeof args[0] === 'string' ? args[0] : '' });
      return real(...args);
    };
  const mend = [
    ...NAMES.map((name) => patch(files, name, through)),
    ...OF_HANDLES.map((name) => patch(handles, name, through)),
  ];
  syncBuiltinESMExports();
  try {
    return await task();
  } finally {
    for (const undo of mend) undo();
    syncBuiltinESMExports();
  }
}

/** Runs `task`; every file that it opens fails to close, though it is closed. */
export async function withFailingClose<T>(task: () => Promise<T>): Promise<T> {
  const mend = patch(files, 'open', (_, real) => async (...args) => {
    const handle = (await real(...args)) as FileHandle;
    const close = handle.close.bind(handle);
    handle.close = async () => {
      await close();
      throw Object.assign(new Error('EIO: made up'), { code: 'EIO' });
    };
    return handle;
  });
  syncBuiltinESMExports();
  try {
    return await task();
  } finally {
    mend();
    syncBuiltinESMExports();
  }
}

/** In this test file nothing waits for the disk: what is tested is the order of the calls, many times. */
export function withoutWaitingForTheDisk(): void {
  const mend: (() => void)[] = [];
  beforeAll(async () => {
    const handles = await handleCalls();
    for (const name of ['sync', 'datasync']) mend.push(patch(handles, name, () => async () => undefined));
  });
  afterAll(() => {
    for (const undo of mend) undo();
  });
}

const files = createRequire(import.meta.url)('node:fs/promises') as Calls;

async function handleCalls(): Promise<Calls> {
  const handle = (await files.open?.(tmpdir())) as FileHandle;
  await handle.close();
  return Object.getPrototypeOf(handle) as Calls;
}

function patch(of: Calls, name: string, make: (name: string, real: Call) => Call): () => void {
  const real = of[name] as Call;
  of[name] = function (this: unknown, ...args) {
    return make(name, (...same) => real.apply(this, [...same]))(...args);
  };
  return () => {
    of[name] = real;
  };
}
