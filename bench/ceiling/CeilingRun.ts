/** What came of a receiver that was sent more than its output takes. */
export interface CeilingRun {
  /** At the end of each second, in megabytes. */
  readonly residentMB: readonly number[];
  /** Lines that were out. */
  readonly lines: number;
}
