/** The contents of the zstd frames in `golden/zstdFrames.json`, which Node 24's zstd (1.5.7) wrote. */
export function zstdInput(): Readonly<Record<string, Buffer>> {
  const random = generator(5);
  const lines = Array.from({ length: 400 }, (_, i) =>
    JSON.stringify({ user: `user-${(i * 7919) % 97}`, page: `/p/${i % 13}`, ms: (i * 31) % 1000 }),
  );
  return {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from('a'),
    'one byte many times': Buffer.alloc(300_000, 'x'),
    noise: Buffer.from(Array.from({ length: 700 }, () => random() * 256)),
    'few symbols': Buffer.from(Array.from({ length: 6000 }, () => 97 + random() * random() * 9)),
    lines: Buffer.from(lines.join('\n')),
    'repeats from far': Buffer.concat([
      Buffer.from(lines.join('')),
      Buffer.alloc(150_000, 'ab'),
      Buffer.from(lines.slice(50, 90).join('')),
    ]),
  };
}

/** Numbers from 0 to 1, the same each time. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
