import { readFile } from 'node:fs/promises';
import { previousName } from './replaceFile.ts';

/** One file, as far as it could be understood. */
export type Generation<T> =
  | { readonly found: 'nothing' }
  | { readonly found: 'damage'; readonly what: string }
  | { readonly found: 'value'; readonly value: T };

/** What there is under a name that {@link replaceFile} writes. */
export interface Generations<T> {
  readonly current: Generation<T>;
  /** Only looked at when the current one holds no value. */
  readonly previous: Generation<T>;
}

/** Reads the current generation, and the one before where the current is missing or damaged. */
export async function readGenerations<T>(
  path: string,
  parse: (content: Buffer) => Generation<T>,
): Promise<Generations<T>> {
  const current = await readGeneration(path, parse);
  if (current.found === 'value') return { current, previous: { found: 'nothing' } };
  return { current, previous: await readGeneration(previousName(path), parse) };
}

async function readGeneration<T>(path: string, parse: (content: Buffer) => Generation<T>): Promise<Generation<T>> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { found: 'nothing' };
    throw error;
  }
  return parse(content);
}
