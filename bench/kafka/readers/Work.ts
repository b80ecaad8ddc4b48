import { createHash } from 'node:crypto';

/** What is done with the values: added up, or their words counted. */
export type WorkName = 'read' | 'wordcount';

/** The answer of reading: how many bytes there were. */
export class Bytes {
  total = 0;

  get answer(): string {
    return `${this.total} bytes`;
  }
}

/** The answer of counting: all counts. */
export class Totals {
  readonly counts: Map<string, number> = new Map();

  add(word: string, count: number): void {
    this.counts.set(word, (this.counts.get(word) ?? 0) + count);
  }

  get answer(): string {
    const lines = [...this.counts].map(([word, count]) => `${word}\t${count}`).sort();
    return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
  }
}
