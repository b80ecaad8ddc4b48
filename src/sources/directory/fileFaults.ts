import { stat } from 'node:fs/promises';
import { StreamError } from '../../core/errors.ts';
import type { SourceReport } from '../Source.ts';

/** What to do with files that cannot be had as they were selected. */
export interface FaultRules {
  readonly name: string;
  readonly base: string;
  readonly maxBytesPerBatch: number;
  /** Gone, replaced, or not to be read. */
  readonly onLost: 'fail' | 'skip';
  /** Bigger than a batch, and not to be divided. */
  readonly onBig: 'fail' | 'skip';
}

/** A file that is left out, or the error that it is. */
export type Verdict = { readonly report: SourceReport } | { readonly error: StreamError };

/** A selected file is not there any more as it was. */
export function lostFile({ name, onLost }: FaultRules, path: string, cause: Error): Verdict {
  const details = { path };
  if (onLost === 'skip') {
    return { report: { code: 'FILE_SKIPPED', message: `${name}: ${cause.message}; left out.`, cause, details } };
  }
  const message = `${name}: expected the file that was selected, but ${cause.message}. Bring it back, or say onLost: 'skip'.`;
  return { error: new StreamError('DATA_LOST', message, { cause, details }) };
}

/** A file that is one record is bigger than a batch. */
export function bigFile({ name, onBig, maxBytesPerBatch }: FaultRules, path: string): Verdict {
  const details = { path };
  const what = `${name}: ${path} holds more than the ${maxBytesPerBatch} bytes of a batch`;
  if (onBig === 'skip') return { report: { code: 'FILE_SKIPPED', message: `${what}; left out.`, details } };
  return {
    error: new StreamError('BUFFER_FULL', `${what}. Raise maxBytesPerBatch, or say onBig: 'skip'.`, { details }),
  };
}

/** Whether the directory itself is away: then its files are not lost, they cannot be reached. */
export async function isAway({ base }: FaultRules): Promise<boolean> {
  try {
    return !(await stat(base)).isDirectory();
  } catch {
    return true;
  }
}
