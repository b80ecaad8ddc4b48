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

/** The answer of counting: the counts of all batches together. */
export class Totals {
  readonly #cells: Map<string, { count: number }> = new Map();

  /** The counts of one batch. */
  add(counts: readonly (readonly [word: string, count: number])[]): void {
    for (const [word, count] of counts) {
      const cell = this.#cells.get(word);
      if (cell === undefined) this.#cells.set(word, { count });
      else cell.count += count;
    }
  }

  get answer(): string {
    const lines = [...this.#cells].map(([word, { count }]) => `${word}\t${count}`).sort();
    return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
  }
}
