import { readdir } from 'node:fs/promises';
import { hasCode } from '../files/fileTrouble.ts';

/** What of a log lies in a folder. Whatever has other names is somebody else's and is left alone. */
export interface LogNames {
  /** The epochs of owner files. */
  readonly owners: readonly number[];
  /** The epochs of heads. */
  readonly heads: readonly number[];
  readonly segments: readonly SegmentName[];
  /** Files that an owner wanted to write again. */
  readonly spares: readonly SegmentName[];
}

/** A segment, as it was begun by the owner of an epoch. */
export interface SegmentName {
  readonly number: number;
  readonly epoch: number;
  readonly file: string;
}

const NUMBERED = /^(owner|head)-([1-9]\d{0,14})$/;
const SEGMENT = /^blocks-([1-9]\d{0,14})@([1-9]\d{0,14})\.wal$/;
const SPARE = /^spare-([1-9]\d{0,14})@([1-9]\d{0,14})$/;

export function headName(epoch: number): string {
  return `head-${epoch}`;
}

export function segmentName(number: number, epoch: number): string {
  return `blocks-${number}@${epoch}.wal`;
}

/** What the file of a segment is called when it is to be written again. */
export function spareName(number: number, epoch: number): string {
  return `spare-${number}@${epoch}`;
}

/** Number and epoch in the name of a segment; `undefined` if it is none. */
export function parsedSegmentName(file: string): SegmentName | undefined {
  return parsed(SEGMENT, file);
}

function parsed(pattern: RegExp, file: string): SegmentName | undefined {
  const [, number, epoch] = pattern.exec(file) ?? [];
  return number === undefined ? undefined : { number: Number(number), epoch: Number(epoch), file };
}

/** Whether a temporary file of this name-to-be is one of ours. */
export function becomesOurs(name: string): boolean {
  return NUMBERED.test(name);
}

/** Looks at a folder; one that is not there is empty. Segments come in the order of their numbers. */
export async function namesIn(folder: string): Promise<LogNames> {
  const [owners, heads]: [number[], number[]] = [[], []];
  const [segments, spares]: [SegmentName[], SegmentName[]] = [[], []];
  for (const file of await filesIn(folder)) {
    const [, kind, epoch] = NUMBERED.exec(file) ?? [];
    if (kind !== undefined) (kind === 'owner' ? owners : heads).push(Number(epoch));
    const segment = parsedSegmentName(file);
    if (segment !== undefined) segments.push(segment);
    const spare = parsed(SPARE, file);
    if (spare !== undefined) spares.push(spare);
  }
  segments.sort((a, b) => a.number - b.number);
  return { owners, heads, segments, spares };
}

/** The highest epoch anything here is of; 0 where there is nothing. */
export function lastEpoch({ owners, heads, segments }: LogNames): number {
  return Math.max(0, ...owners, ...heads, ...segments.map(({ epoch }) => epoch));
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
