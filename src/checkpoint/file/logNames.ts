import { readdir } from 'node:fs/promises';
import { refuse } from '../../core/arguments.ts';
import { hasCode } from '../../drivers/files/fileTrouble.ts';

/** What of a checkpoint lies in a folder. Whatever has other names is somebody else's and is left alone. */
export interface LogNames {
  /** The epochs of owner files. */
  readonly owners: readonly number[];
  /** The epochs of heads. */
  readonly heads: readonly number[];
  /** The epochs whose owners found that no head was ever published. */
  readonly noHeads: readonly number[];
  readonly segments: readonly SegmentFile[];
}

/** A segment, as it was begun by the owner of an epoch. */
export interface SegmentFile {
  readonly segment: string;
  readonly epoch: number;
  readonly file: string;
}

const NUMBERED = /^(owner|head|nohead)-([1-9]\d{0,14}|0)$/;
const SEGMENT = /^([\w-][\w.-]*)@([1-9]\d{0,14})\.segment$/;
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

export function headName(epoch: number): string {
  return `head-${epoch}`;
}

export function noHeadName(epoch: number): string {
  return `nohead-${epoch}`;
}

export function segmentName(segment: string, epoch: number): string {
  return `${checkedName('segment', segment)}@${epoch}.segment`;
}

/** The name of a segment or savepoint, or `INVALID_ARGUMENT`: it becomes a part of a path. */
export function checkedName(what: 'segment' | 'savepoint', name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  const expected = `a name of 1 to 100 letters, digits, ".", "-" and "_" that does not begin with "."`;
  return refuse(`fileCheckpoint(${what})`, expected, name);
}

/** Looks at a folder; one that is not there is empty. */
export async function namesIn(folder: string): Promise<LogNames> {
  const names = {
    owners: [] as number[],
    heads: [] as number[],
    noHeads: [] as number[],
    segments: [] as SegmentFile[],
  };
  const numbered = { owner: names.owners, head: names.heads, nohead: names.noHeads };
  for (const file of await filesIn(folder)) {
    const [, kind, number] = NUMBERED.exec(file) ?? [];
    if (kind !== undefined) numbered[kind as keyof typeof numbered].push(Number(number));
    const [, segment, epoch] = SEGMENT.exec(file) ?? [];
    if (segment !== undefined) names.segments.push({ segment, epoch: Number(epoch), file });
  }
  return names;
}

/** The highest epoch anything here is of; 0 where there is nothing. */
export function lastEpoch({ owners, heads, noHeads, segments }: LogNames): number {
  return Math.max(0, ...owners, ...heads, ...noHeads, ...segments.map(({ epoch }) => epoch));
}

/** The head that counts, or the sign that there is none; `undefined` where neither is left. */
export function lastHead({
  heads,
  noHeads,
}: LogNames): { readonly epoch: number; readonly isThere: boolean } | undefined {
  const [head, noHead] = [Math.max(-1, ...heads), Math.max(-1, ...noHeads)];
  if (head < 0 && noHead < 0) return undefined;
  return head >= noHead ? { epoch: head, isThere: true } : { epoch: noHead, isThere: false };
}

export async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
