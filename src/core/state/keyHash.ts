/**
 * A hash that looks at little: telling keys apart is others' business, this only spreads them. Its upper bits are the better ones.
 */
export function keyHash(identity: unknown): number {
  return Math.imul(sampled(identity), 0x9e3779b1);
}

function sampled(identity: unknown): number {
  if (typeof identity === 'string') return sampledText(identity);
  if (typeof identity === 'number') return (identity | 0) ^ Math.imul((identity * 1_048_583) | 0, 0x85ebca6b);
  return typeof identity === 'bigint' ? Number(BigInt.asIntN(32, identity)) : 0;
}

/** Short texts whole, of longer ones the last eight characters, where numbered keys differ, and eight of those before. */
function sampledText(text: string): number {
  const { length } = text;
  const tail = Math.max(0, length - 8);
  let hash = length;
  for (let at = tail; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995);
  const step = Math.max(1, tail >>> 3);
  for (let at = 0; at < tail; at += step) hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995);
  return hash ^ (hash >>> 15);
}
