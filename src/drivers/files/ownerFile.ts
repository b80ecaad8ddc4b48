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
    return owner === undefined
      ? { found: 'damage', what: `it is no owner of the format "${format}"` }
      : { found: 'owner', owner, since: mtime.toISOString() };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { found: 'nothing' };
    throw error;
  }
}

/**
 * Why the folder may not be taken, in words; `undefined` where it may.
 *
 * @param sort what of a process owns such a folder: `context`
 */
export function whyOwned(sort: string, found: FoundOwner): string | undefined {
  if (found.found === 'nothing') return undefined;
  if (found.found === 'damage') return `it cannot be read who owns it (${found.what})`;
  const { owner, since } = found;
  if (owner.released) return undefined;
  if (owner.token.startsWith(MODULE)) {
    return living.has(owner.token) ? `another ${sort} of this process owns it, since ${since}` : undefined;
  }
  const liveness = livenessOf(owner);
  if (liveness === 'dead') return undefined;
  const who = `${shownProcess(owner)} owns it, since ${since}`;
  return liveness === 'alive'
    ? `${who}, and is running`
    : `${who}; whether it still runs cannot be seen from this host`;
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
