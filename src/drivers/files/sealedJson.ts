import { crc32 } from 'node:zlib';

/** What reading sealed text found. */
export type Unsealed =
  | { readonly found: 'value'; readonly value: unknown; readonly edited: boolean }
  | { readonly found: 'damage'; readonly what: string };

const SEAL = /,\n {2}"checksum": "([^"\n]*)"\n\}\n?$/;
const EDITED = 'none';

/**
 * Readable JSON with a checksum as its last member, computed over everything before it: a torn or flipped file is told
 * from a whole one. `value` must be an object with at least one member and none called `checksum`.
 */
export function sealJson(value: object): string {
  const body = JSON.stringify(value, undefined, 2).slice(0, -2);
  return `${body},\n  "checksum": "${checksum(body)}"\n}\n`;
}

/** The value of sealed text, or what is wrong with it. A person who edits the file writes `none` as its checksum. */
export function unsealJson(text: string): Unsealed {
  if (text === '') return damage('the file is empty');
  const [seal, found] = SEAL.exec(text) ?? [];
  if (seal === undefined) return damage(`it ends without a checksum after ${text.length} characters`);
  const body = text.slice(0, text.length - seal.length);
  const edited = found === EDITED;
  if (!edited && found !== checksum(body)) {
    return damage(`its checksum says ${found}, its content makes ${checksum(body)}`);
  }
  try {
    return { found: 'value', value: JSON.parse(`${body}\n}`), edited };
  } catch (error) {
    return damage(`it is no JSON: ${(error as Error).message}`);
  }
}

function damage(what: string): Unsealed {
  return { found: 'damage', what };
}

function checksum(body: string): string {
  return `crc32:${crc32(body).toString(16).padStart(8, '0')}`;
}
