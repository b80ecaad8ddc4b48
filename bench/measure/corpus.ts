import { randomFrom } from './random.ts';

/** What a corpus of lines is made of. */
export interface CorpusOptions {
  readonly batches: number;
  readonly linesPerBatch: number;
  readonly wordsPerLine: number;
  /** Different words there are; frequent and rare ones as in a language (Zipf, s = 1). */
  readonly vocabulary: number;
}

/** Batches of lines of words, the same in every run. Lines are flat texts that share nothing. */
export function corpus({ batches, linesPerBatch, wordsPerLine, vocabulary }: CorpusOptions): string[][] {
  const random = randomFrom(42);
  const words = Array.from({ length: vocabulary }, (_, rank) => wordOf(rank));
  const nextWord = zipf(vocabulary, random);
  return Array.from({ length: batches }, () =>
    Array.from({ length: linesPerBatch }, () => {
      const line = Array.from({ length: wordsPerLine }, () => words[nextWord()]).join(' ');
      return Buffer.from(line, 'latin1').toString('latin1');
    }),
  );
}

function wordOf(rank: number): string {
  return `w${(Math.imul(rank + 1, 2654435761) >>> 0).toString(36)}`;
}

/** Ranks from 0, the n-th in proportion to 1 / n. */
function zipf(count: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1);
    sums[rank] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
