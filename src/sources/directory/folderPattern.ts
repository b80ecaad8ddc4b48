import { refuse } from '../../core/arguments.ts';

const WILD = /(?<!\\)[*?[{]/;

/** One part of a path between slashes. */
export type PathPart = string | RegExp;

/** A path that may have wildcards: a fixed folder, and what selects folders below it. */
export interface FolderPattern {
  readonly base: string;
  /** Empty: the base itself is what is watched. */
  readonly parts: readonly PathPart[];
}

/**
 * Reads a path with Hadoop's wildcards: `*`, `?`, `[ab]`, `[a-z]`, `[^a]`, `{one,two}`, each within one folder name; a `\`
 * takes the meaning from the character after it.
 */
export function folderPattern(where: string, path: string): FolderPattern {
  const names = path.split('/');
  const first = names.findIndex((name) => WILD.test(name));
  if (first < 0) return { base: literal(path), parts: [] };
  const base = names.slice(0, first).join('/');
  const rest = names.slice(first).filter((name) => name !== '');
  return {
    base: literal(base === '' ? (path.startsWith('/') ? '/' : '.') : base),
    parts: rest.map((name) => (WILD.test(name) ? matcher(where, name) : literal(name))),
  };
}

function literal(name: string): string {
  return name.replaceAll(/\\(.)/g, '$1');
}

function matcher(where: string, name: string): RegExp {
  let source = '';
  let depth = 0;
  for (let at = 0; at < name.length; at++) {
    const character = name[at] as string;
    if (character === '\\' && at + 1 < name.length) source += escaped(name[++at] as string);
    else if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '{' || character === '}') {
      depth += character === '{' ? 1 : -1;
      if (depth < 0) break;
      source += character === '{' ? '(?:' : ')';
    } else if (character === ',' && depth > 0) source += '|';
    else if (character === '[') {
      const [set] = /^\[\^?[^\]\\/]+\]/.exec(name.slice(at)) ?? [];
      if (set === undefined) return refuse(where, 'a [ with its ] in the same folder name', name);
      source += set.replace('[^', '[^/').replaceAll(/(?<=.)\[/g, '\\[');
      at += set.length - 1;
    } else source += escaped(character);
  }
  if (depth !== 0) refuse(where, 'a { with its } in the same folder name', name);
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return refuse(where, 'wildcards as *, ?, [a-z] or {one,two}', name);
  }
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
