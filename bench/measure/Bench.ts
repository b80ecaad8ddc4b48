/** What one comparison came to. */
export interface BenchRow {
  readonly name: string;
  /** What the figures count. Higher is better, unless it begins with `ms` or `MB`. */
  readonly unit: string;
  readonly ours: number;
  readonly peers: Readonly<Record<string, number>>;
  /** What is worth knowing beside the figures: the answer that was checked, CPU seconds, spread. */
  readonly notes?: readonly string[];
}

/** A benchmark that could not be run, and why. */
export interface BenchSkipped {
  readonly name: string;
  readonly skipped: string;
}

/** What a benchmark gives. */
export type BenchResult = BenchRow | BenchSkipped;

/** Measures and gives one row or several. Run in a process of its own. */
export type Bench = () => Promise<readonly BenchResult[]>;

/** Whether lower figures are better. */
export function isLowerBetter({ unit }: BenchRow): boolean {
  return unit.startsWith('ms') || unit.startsWith('MB');
}
