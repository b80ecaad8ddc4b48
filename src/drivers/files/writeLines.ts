import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** How many characters are collected before they are written. */
const CHUNK = 64 * 1024;

/** How {@link writeLines} writes. */
export interface WriteLinesOptions {
  /** Rejects at the next piece when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Compresses. The same lines give the same bytes: there is no time in them. */
  readonly gzip?: boolean | undefined;
}

/**
 * Writes the lines to a new file that is on disk when it answers. They are taken from the iterable as fast as the disk takes
 * them, so a big file is never one text in memory.
 */
export async function writeLines(
  path: string,
  lines: Iterable<string>,
  options: WriteLinesOptions = {},
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await (options.gzip === true ? writeZipped : writeChunks)(file, lines, options.signal);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeChunks(file: FileHandle, lines: Iterable<string>, signal: AbortSignal | undefined): Promise<void> {
  for (const chunk of chunksOf(lines)) {
    signal?.throwIfAborted();
    await writeAll(file, chunk);
  }
}

async function writeZipped(file: FileHandle, lines: Iterable<string>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let failure: { readonly error: unknown } | undefined;
  const write = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      try {
        await writeAll(file, piece);
      } catch (error) {
        failure = { error };
        throw error;
      }
    }
  };
  try {
    const from = Readable.from(chunksOf(lines), { objectMode: false });
    await pipeline(from, createGzip(), write, signal === undefined ? {} : { signal });
  } catch (error) {
    // The pipeline tells either as an abort of its own.
    if (failure !== undefined) throw failure.error;
    signal?.throwIfAborted();
    throw error;
  }
}

function* chunksOf(lines: Iterable<string>): Iterable<Buffer> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK) continue;
    yield Buffer.from(chunk, 'utf8');
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk, 'utf8');
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
