import { existsSync, readFileSync } from 'node:fs';

/** A batch as the programs write it down: its place in the log, and the numbers of its lines. */
export interface WrittenBatch {
  readonly pid: number;
  readonly time: number;
  readonly from: number;
  readonly until: number;
  readonly partition: number;
  readonly lines: readonly number[];
}

/** The batches in an output file, oldest first; one that is only half there is left out. */
export function outputOf(out: string): readonly WrittenBatch[] {
  if (!existsSync(out)) return [];
  const whole = readFileSync(out, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as WrittenBatch);
}

/** The number after the last line that was put out. */
export function linesPutOut(out: string): number {
  return (
    (outputOf(out)
      .findLast(({ lines }) => lines.length > 0)
      ?.lines.at(-1) ?? -1) + 1
  );
}

/** The one offset in a file of `fileOffsets`, read past the pipeline. */
export function committedIn(path: string): number | undefined {
  const { offsets } = JSON.parse(readFileSync(path, 'utf8')) as { offsets: Record<string, Record<string, number>> };
  return Object.values(Object.values(offsets)[0] ?? {})[0];
}

/** 0, 1, 2 ... before `end`. */
export function numbersTo(end: number): readonly number[] {
  return Array.from({ length: end }, (_, i) => i);
}
