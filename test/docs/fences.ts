import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of TypeScript in the documentation. */
export interface Fence {
  /** `docs/operators/mapRecords.md:12`, the line of its first statement. */
  readonly where: string;
  /** A file name made of it. */
  readonly file: string;
  /** `run`: it is executed and its assertions hold. `sketch`: neither executed nor checked. Else its types are checked. */
  readonly kind: 'run' | 'check' | 'sketch';
  readonly code: string;
}

/** Every fence of README.md and docs that starts with three backticks and `ts`. */
export function fences(): Fence[] {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .sort();
  return ['README.md', ...pages]
    .filter((page) => existsSync(join(ROOT, page)))
    .flatMap((page) => fencesOf(page, readFileSync(join(ROOT, page), 'utf8')));
}

/** The fences of one page; an opening or a word after `ts` that means nothing is an error, not a block left out. */
export function fencesOf(page: string, text: string): Fence[] {
  const found: Fence[] = [];
  for (const match of text.matchAll(/^```ts\b([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const words = (match[1] as string).trim();
    const line = text.slice(0, match.index).split('\n').length + 1;
    const where = `${page}:${line}`;
    const kind = words === '' ? 'check' : words;
    if (kind !== 'run' && kind !== 'check' && kind !== 'sketch') {
      throw new Error(`${where}: a fence is \`\`\`ts, \`\`\`ts run or \`\`\`ts sketch, not \`\`\`ts ${words}`);
    }
    found.push({ where, kind, code: match[2] as string, file: `${page.replace(/\W+/g, '-')}-${line}.ts` });
  }
  return found;
}

/**
 * The code with its assertions made real. A line `expression; // => value`, or `// => value` on a line of its own below a
 * statement, means: deeply equal. `const x = expression; // => value` asserts `x`.
 */
export function withAssertions(code: string): string {
  const lines: string[] = [];
  for (const line of code.split('\n')) {
    const match = /^(.*?)(?:^|\s)\/\/ => (.*)$/.exec(line);
    if (!match) {
      lines.push(line);
      continue;
    }
    const [, before, value] = match as unknown as [string, string, string];
    if (before.trim() !== '') lines.push(before);
    assertLastStatement(lines, value);
  }
  return `import { expect as expectExample } from 'vitest';${lines.join('\n')}`;
}

/** Replaces the statement that ends with the last line by one that compares its value; line numbers stay. */
function assertLastStatement(lines: string[], value: string): void {
  const end = lines.length - 1;
  let start = end;
  while (start > 0 && /^\s*[)\]}.?:]/.test(lines[start] as string)) start = openedAt(lines, start);
  const statement = lines.splice(start).join('\n').trimEnd().replace(/;$/, '');
  const declared = /^\s*(?:const|let)\s+(\w+)/.exec(statement)?.[1];
  const assertion = `expectExample(${declared ?? `\n${statement}\n`.trim()}).toEqual(${value.replace(/;$/, '')});`;
  lines.push(declared === undefined ? assertion : `${statement}; ${assertion}`);
}

/** The nearest line above that is not indented deeper than line `at`, or less for a line of a chain. */
function openedAt(lines: readonly string[], at: number): number {
  const indent = (line: string): number => line.length - line.trimStart().length;
  const line = lines[at] as string;
  const most = indent(line) - (line.trimStart().startsWith('.') ? 1 : 0);
  let above = at - 1;
  while (above > 0 && ((lines[above] as string).trim() === '' || indent(lines[above] as string) > most)) above--;
  return above;
}
