import { tailFile } from '../../../../src/file.ts';
import type { OffsetStore } from '../../../../src/index.ts';
import type { SourceObservable } from '../../../../src/sources/Source.ts';

/** A file whose lines all have the same length. */
export interface GrownLog {
  readonly log: string;
  readonly lineBytes: number;
  readonly linesPerBatch: number;
}

/** Its lines, in batches of so many. */
export function linesOfFile(
  { log, lineBytes, linesPerBatch }: GrownLog,
  offsets: OffsetStore,
): SourceObservable<string> {
  return tailFile(log, { offsets, maxLineBytes: lineBytes, maxBytesPerBatch: lineBytes * linesPerBatch });
}
