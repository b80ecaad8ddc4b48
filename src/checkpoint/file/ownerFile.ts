import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { hasCode } from '../../drivers/files/fileTrouble.ts';
import { livenessOf, type ProcessIdentity, shownProcess, thisProcess } from '../../drivers/files/processIdentity.ts';
import { sealJson, unsealJson } from '../../drivers/files/sealedJson.ts';

/** What an owner file says. */
export interface Owner extends ProcessIdentity {
  /** Which owner in that process: one process may have several contexts. */
  readonly token: string;
  /** It gave the folder back. */
  readonly released: boolean;
}

/** An owner file as it was found. */
export type FoundOwner =
  | { readonly found: 'owner'; readonly owner: Owner; readonly since: string }
  | { readonly found: 'damage'; readonly what: string }
  | { readonly found: 'nothing' };

const FORMAT = 'rx-dstream checkpoint owner 1';

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

export function printOwner(owner: Owner): string {
  const { boot = null, start = null, ...rest } = owner;
  return sealJson({ format: FORMAT, ...rest, boot, start });
}

export async function readOwner(path: string): Promise<FoundOwner> {
  try {
    const [text, { mtime }] = [await readFile(path, 'utf8'), await stat(path)];
    const unsealed = unsealJson(text);
    if (unsealed.found === 'damage') return unsealed;
    const owner = parsed(unsealed.value);
    return owner === undefined
      ? { found: 'damage', what: `it is no owner of the format "${FORMAT}"` }
      : { found: 'owner', owner, since: mtime.toISOString() };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { found: 'nothing' };
    throw error;
  }
}

/** Why the folder may not be taken, in words; `undefined` where it may. */
export function whyOwned(found: FoundOwner): string | undefined {
  if (found.found === 'nothing') return undefined;
  if (found.found === 'damage') return `it cannot be read who owns it (${found.what})`;
  const { owner, since } = found;
  if (owner.released) return undefined;
  if (owner.token.startsWith(MODULE)) {
    return living.has(owner.token) ? `another context of this process owns it, since ${since}` : undefined;
  }
  const liveness = livenessOf(owner);
  if (liveness === 'dead') return undefined;
  const who = `${shownProcess(owner)} owns it, since ${since}`;
  return liveness === 'alive'
    ? `${who}, and is running`
    : `${who}; whether it still runs cannot be seen from this host`;
}

function parsed(value: unknown): Owner | undefined {
  const { format, host, boot, pid, start, command, token, released } = (value ?? {}) as Record<string, unknown>;
  const isWhole =
    format === FORMAT &&
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
