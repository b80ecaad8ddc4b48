import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What an emitted declaration file exports, itself or through re-exports, as one text: every declaration once, sorted by
 * name. Works on the regular output of the compiler, which starts each statement at the beginning of a line.
 */
export function publicSurface(file: string): string {
  const surface = new Map<string, string>();
  collect(file, undefined, surface);
  return [...surface.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, declaration]) => declaration)
    .join('\n\n');
}

/** Adds what `file` exports; of a re-exported file only the names asked for, under the names they get. */
function collect(file: string, wanted: ReadonlyMap<string, string> | undefined, surface: Map<string, string>): void {
  const statements = statementsOf(file);
  for (const statement of statements) {
    const declared = DECLARATION.exec(statement)?.[1];
    const from = /\sfrom '(\.[^']+)'/.exec(statement)?.[1];
    if (declared !== undefined) {
      const name = wanted ? wanted.get(declared) : declared;
      if (name !== undefined) add(surface, name, statement.replace(/^export (?:declare )?/, ''), declared);
    } else if (statement.startsWith('export') && !/^export \{\s*\};?$/.test(statement.trim())) {
      if (from === undefined) throw new Error(`${file}: what does "${statement}" export?`);
      const target = join(dirname(file), from.replace(/\.js$|\.ts$/, '.d.ts'));
      collect(target, renamed(statement, wanted), surface);
    }
  }
}

const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:function|const|let|class|interface|type)\s+(\w+)(?=[^\w])(?!\s*\}?\s*from)/;

/** Of `export { a, type B as C } from` the names inside, each with its name outside. */
function renamed(
  statement: string,
  wanted: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string> | undefined {
  const list = /\{([^}]*)\}/.exec(statement)?.[1];
  if (list === undefined) return wanted; // export *
  const names = new Map<string, string>();
  for (const item of list.split(',')) {
    const [inside, outside = inside] = item
      .trim()
      .replace(/^type\s+/, '')
      .split(/\s+as\s+/);
    if (!inside || !outside) continue;
    const name = wanted ? wanted.get(outside) : outside;
    if (name !== undefined) names.set(inside, name);
  }
  return names;
}

/** Overloads, and a type beside a value of the same name, stand below each other. */
function add(surface: Map<string, string>, name: string, declaration: string, declared: string): void {
  const text = name === declared ? declaration : `/* as ${name} */ ${declaration}`;
  const before = surface.get(name);
  if (before?.split('\n\n').includes(text)) return;
  surface.set(name, before === undefined ? text : `${before}\n${text}`);
}

function statementsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^\/\/#.*$/gm, '');
  return text
    .split(/\n(?=(?:export|import|declare|interface|type|class|function|const)\b)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
