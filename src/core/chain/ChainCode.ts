import type { Visit } from '../batch/Batch.ts';

/** The error for what the function of step number `step` threw at the record of this position among those it was given. */
export type StepFailed = (error: unknown, step: number, position: number) => unknown;

/**
 * A chain of narrow steps that can be run. Positions are counted in each reading by itself. An error of `next` passes as it is;
 * `next` answers `false` to stop, then no function is called any more.
 */
export interface ChainCode {
  /** Pushes all records of an array through the chain. */
  overArray(records: readonly unknown[], next: Visit<unknown>, failed: StepFailed): unknown;
  /** What takes the records of any other source, of one reading. */
  visitor(next: Visit<unknown>, failed: StepFailed): Visit<unknown>;
}
