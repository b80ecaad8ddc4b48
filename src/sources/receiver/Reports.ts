import type { SourceReport } from '../Source.ts';

/** Codes that a flood of blocks would bring again and again: told together, once for each batch. */
const GATHERED: ReadonlySet<SourceReport['code']> = new Set(['BLOCK_REFUSED', 'DUPLICATES_DROPPED']);

interface Gathered {
  readonly report: SourceReport;
  readonly count: number;
  readonly times: number;
}

/** What a receiver tells, under its name. What may come with every block is told once for each batch, with its sum. */
export class Reports {
  readonly #name: string;
  readonly #pass: (report: SourceReport) => void;
  readonly #gathered = new Map<SourceReport['code'], Gathered>();

  constructor(name: string, pass: (report: SourceReport) => void) {
    this.#name = name;
    this.#pass = pass;
  }

  /** Answers whether it waits for the next batch to be told. */
  tell(code: SourceReport['code'], message: string, more: Omit<SourceReport, 'code' | 'message'> = {}): boolean {
    const report: SourceReport = { ...more, code, message: `${this.#name}: ${message}` };
    if (!GATHERED.has(code)) {
      this.#pass(report);
      return false;
    }
    const before = this.#gathered.get(code);
    this.#gathered.set(code, {
      report,
      count: (before?.count ?? 0) + (more.count ?? 1),
      times: (before?.times ?? 0) + 1,
    });
    return true;
  }

  /** Tells what was gathered. */
  flush(): void {
    for (const { report, count, times } of this.#gathered.values()) {
      const message = times === 1 ? report.message : `${report.message} (the last of ${times} since the batch before)`;
      this.#pass({ ...report, message, count });
    }
    this.#gathered.clear();
  }
}
