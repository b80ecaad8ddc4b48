/** Numbers that look random and repeat with their seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A seed for each run, so that other cases are tried each time; a failing test names its own. */
export function seeds(count: number): number[] {
  const fixed = process.env.SEED;
  if (fixed !== undefined) return [Number(fixed)];
  return Array.from({ length: count }, () => Math.floor(Math.random() * 4_294_967_296));
}

export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[below(random, from.length)] as T;
}

/** The bytes in pieces of 1 to `longest` bytes. */
export function chunked(random: () => number, bytes: Buffer, longest: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + below(random, longest));
    chunks.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return chunks;
}
