import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';

const unpacked = promisify(gunzip);

/** One file after the other: read whole, split, visited. No selection, no limit, no memory of what was read. */
export async function byHand(folder: string): Promise<number> {
  let lines = 0;
  for (const name of await readdir(folder)) lines += await linesOf(join(folder, name));
  return lines;
}

/** The same, eight files at a time. */
export async function inParallel(folder: string): Promise<number> {
  const names = await readdir(folder);
  let lines = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < names.length) {
      const counted = await linesOf(join(folder, names[next++] as string));
      lines += counted;
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return lines;
}

/** Streamed, as Node's own documentation shows it. */
export async function withReadline(folder: string): Promise<number> {
  let lines = 0;
  let characters = 0;
  for (const name of await readdir(folder)) {
    const bytes = createReadStream(join(folder, name));
    const input = name.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      lines++;
      characters += line.length;
    }
  }
  return characters > 0 ? lines : 0;
}

async function linesOf(path: string): Promise<number> {
  const bytes = await readFile(path);
  const text = (path.endsWith('.gz') ? await unpacked(bytes) : bytes).toString('utf8');
  const parts = text.split('\n');
  if (parts.at(-1) === '') parts.pop();
  let characters = 0;
  for (const line of parts) characters += line.length;
  return characters > 0 ? parts.length : 0;
}
