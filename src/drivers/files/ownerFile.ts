import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { hasCode } from './fileTrouble.ts';
import { livenessOf, type ProcessIdentity, shownProcess, thisProcess } from './processIdentity.ts';
import { sealJson, unsealJson } from './sealedJson.ts';

/** What an owner file says. */
export interface Owner extends ProcessIdentity {
  /** Which owner in that process: it may have several. */
  readonly token: string;
  /** It gave the folder back. */
  readonly released: boolean;
}

/** An owner file as it was found. */
export type FoundOwner =
  | { readonly found: 'owner'; readonly owner: Owner; readonly since: string }
  | { readonly found: 'damage'; readonly what: string }
  /** Of a folder that is for something else. */
  | { readonly found: 'other'; readonly format: string }
  | { readonly found: 'nothing' };

/** Tokens begin with it: this copy of the module knows which of its own owners live. */
const MODULE = randomUUID();
const living = new Set<string>();
let count = 0;

/** A new owner in this process; it lives until {@link ownerHasEnded}. */
export function newOwner(): Owner {
  count += 1;
  const token = `${MODULE}:${count}`;
  living.add(token);
  return { ...thisProcess(), token, released: false };
}

export function ownerHasEnded(owner: Owner): void {
  living.delete(owner.token);
}

/** @param format tells it from files of the same name that belong to something else */
export function printOwner(format: string, owner: Owner): string {
  const { boot = null, start = null, ...rest } = owner;
  return sealJson({ format, ...rest, boot, start });
}

export async function readOwner(format: string, path: string): Promise<FoundOwner> {
  try {
    const [text, { mtime }] = [await readFile(path, 'utf8'), await stat(path)];
    const unsealed = unsealJson(text);
    if (unsealed.found === 'damage') return unsealed;
    const owner = parsed(format, unsealed.value);
    const { format: other } = (unsealed.value ?? {}) as Record<string, unknown>;
    if (typeof other === 'string' && other !== format) return { found: 'other', format: other };
    return owner === undefined
      ? { found: 'damage', what: `it is no owner of the format "${format}"` }
      : { found: 'owner', owner, since: mtime.toISOString() };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { found: 'nothing' };
    throw error;
  }
}

/** What is said of a folder that was mistaken for another one. */
const OTHERS = new Map([
  ['rx-dstream log owner 1', 'a log'],
  ['rx-dstream checkpoint owner 1', 'a checkpoint'],
]);

const SOMEBODY =
  'Stop that one, or give this one a folder of its own; if you know that it does not run any more (or that this folder is a copy), start once with ' +
  'takeOver: true.';

/**
 * Why the folder may not be taken, in words, and what to do; `undefined` where it may.
 *
 * @param sort what of a process owns such a folder: `context`
 */
export function whyOwned(sort: string, found: FoundOwner): string | undefined {
  if (found.found === 'nothing') return undefined;
  if (found.found === 'damage') return `it cannot be read who owns it (${found.what}). ${SOMEBODY}`;
  if (found.found === 'other') {
    const of = OTHERS.get(found.format) ?? `something else, with an owner of the format "${found.format}"`;
    return `it is the folder of ${of}. Give each a folder of its own.`;
  }
  const { owner, since } = found;
  if (owner.released) return undefined;
  if (owner.token.startsWith(MODULE)) {
    if (!living.has(owner.token)) return undefined;
    const todo = `Give each ${sort} a folder of its own; if that one is to end, begin when it has.`;
    return `another ${sort} of this process owns it, since ${since}. ${todo}`;
  }
  const liveness = livenessOf(owner);
  if (liveness === 'dead') return undefined;
  const who = `${shownProcess(owner)} owns it, since ${since}`;
  return liveness === 'alive'
    ? `${who}, and is running. ${SOMEBODY}`
    : `${who}; whether it still runs cannot be seen from this host. ${SOMEBODY}`;
}

function parsed(format: string, value: unknown): Owner | undefined {
  const { format: found, host, boot, pid, start, command, token, released } = (value ?? {}) as Record<string, unknown>;
  const isWhole =
    found === format &&
    typeof host === 'string' &&
    (boot === null || typeof boot === 'string') &&
    typeof pid === 'number' &&
    (start === null || typeof start === 'string') &&
    typeof command === 'string' &&
    typeof token === 'string' &&
    typeof released === 'boolean';
  if (!isWhole) return undefined;
  return { host, boot: boot ?? undefined, pid, start: start ?? undefined, command, token, released };
}
