/**
 * A whole number below `length` for a key: nearly the same number of keys for each, and always the same one for a key, in
 * every process. Looks at both ends of a long text only.
 */
export function keyPhase(identity: unknown, length: number): number {
  return mixed(hashOf(identity)) % length;
}

const ENDS = 12;

function hashOf(identity: unknown): number {
  if (typeof identity === 'string') return hashOfText(identity);
  if (typeof identity === 'number') return Number.isInteger(identity) ? identity : hashOfText(String(identity));
  if (typeof identity === 'bigint') return Number(BigInt.asUintN(32, identity));
  return 0;
}

function hashOfText(text: string): number {
  const { length } = text;
  let hash = length;
  const head = Math.min(length, ENDS);
  for (let at = 0; at < head; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  for (let at = Math.max(head, length - ENDS); at < length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

/** Spreads every bit over all of them; the result is not negative. */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
