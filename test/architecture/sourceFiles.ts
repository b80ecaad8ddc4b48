import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** A file of `src/`, by its path from there: `operators/mapRecords.ts`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text without comments: what the rules are about. */
  readonly code: string;
}

export const sourceFiles: readonly SourceFile[] = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(ROOT, 'src', path), 'utf8');
    return { path, text, code: withoutComments(text) };
  });

/** Comments become blanks, strings and templates stay, and every line keeps its number. */
export function withoutComments(text: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found));
}

/** What a file imports or re-exports from, types included. */
export function importsOf(file: SourceFile): string[] {
  const specifiers = file.code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g);
  return [...new Set([...specifiers].map((match) => match[1] as string))];
}
