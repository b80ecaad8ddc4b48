import { basename } from 'node:path';
import type { DirectoryPosition } from '../../../src/sources/directory/directoryPosition.ts';
import { FileSelection } from '../../../src/sources/directory/FileSelection.ts';
import { isHiddenName } from '../../../src/sources/directory/hiddenName.ts';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';

/** The arguments of `fileIsSelected`. */
interface Question {
  readonly name: string;
  readonly mtimeMs: number;
  readonly batchTimeMs: number;
  readonly batchMs: number;
  readonly minRememberMs?: number;
  readonly startTimeMs?: number;
  readonly newFilesOnly?: boolean;
  readonly alreadySelected?: boolean;
  readonly filter?: string;
}

/** Whether the directory source takes a file, asked of the very parts that decide it there. */
export function fileSelected(question: Question): boolean {
  const { name, mtimeMs, batchTimeMs, batchMs, minRememberMs = 60_000, newFilesOnly = true, filter } = question;
  const since = newFilesOnly ? (question.startTimeMs ?? 0) : 0;
  const before = batchTimeMs - batchMs;
  const position: DirectoryPosition = { since, time: before, recent: [[before, [name]]], waiting: [], at: 0 };
  const selection = new FileSelection(minRememberMs, since, question.alreadySelected === true ? position : undefined);
  const window = selection.begin(batchTimeMs, batchMs);
  if (filter !== 'acceptAll' && isHiddenName(basename(name))) return false;
  return selection.select([[name, 0, mtimeMs, 0]], window).length === 1;
}

/** Spark's DStreams hide names that begin with a dot; what Hadoop hides is hidden here too. */
export function refuseHadoopNames({ params, input }: Case): void {
  const isOther = (input as readonly Question[]).some(({ name, filter = params.filter }) => {
    const last = basename(name);
    return filter !== 'acceptAll' && isHiddenName(last) && !last.startsWith('.');
  });
  if (isOther) throw new NotRun(DIFFERENCES.filesByBatchTime);
}
