import type { ErrorCode } from '../../core/errors.ts';

/** Something that happened in a checkpoint and did not end the run. */
export interface CheckpointReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}
