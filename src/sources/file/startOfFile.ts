import { firstValueFrom } from 'rxjs';
import { answered } from '../../core/Answer.ts';
import { StreamError } from '../../core/errors.ts';
import type { OffsetStore } from '../../offsets/OffsetStore.ts';
import type { SourceReport } from '../Source.ts';
import type { FileGeneration } from './FileGeneration.ts';
import { committedByGeneration, type FilePosition, isAt } from './filePosition.ts';
import { findGenerations, openIfThere } from './findGenerations.ts';

const LF = 0x0a;
const BACKWARDS_BYTES = 64 * 1024;

/** What decides where reading starts. */
export interface StartOptions {
  readonly path: string;
  readonly topic: string;
  readonly from: 'beginning' | 'end';
  readonly onLost: 'fail' | 'restart';
  readonly offsets: OffsetStore | undefined;
}

/** Where reading starts: the open generations, oldest first, and the byte in the first of them. */
export interface Start {
  readonly files: readonly FileGeneration[];
  readonly at: number;
  readonly report?: SourceReport;
}

/** Finds where to start: at the position of the checkpoint, else at the committed one, else where the user said. */
export async function startOfFile(options: StartOptions, position: FilePosition | undefined): Promise<Start> {
  if (position !== undefined) {
    if (position.ino === '') return fresh(options.path, 'beginning');
    return goOn(options, (file) => (isAt(position, file) ? position.at : undefined), position);
  }
  if (options.offsets !== undefined) {
    const { offsets, topic } = options;
    const committed = committedByGeneration(
      await firstValueFrom(answered(() => offsets.load({ topics: [topic] }))),
      topic,
    );
    if (committed.size > 0) return goOn(options, (file) => committed.get(file.id ?? 0));
  }
  return fresh(options.path, options.from);
}

async function fresh(path: string, from: 'beginning' | 'end'): Promise<Start> {
  const file = await openIfThere(path);
  if (file === undefined) return { files: [], at: 0 };
  await file.identify();
  return { files: [file], at: from === 'end' ? await lastLineStart(file) : 0 };
}

/** Goes on in the generation that `positionOf` knows, if it is still there and long enough. */
async function goOn(
  { path, onLost }: StartOptions,
  positionOf: (file: FileGeneration) => number | undefined,
  position?: FilePosition,
): Promise<Start> {
  const files = await findGenerations(path, (file) => positionOf(file) !== undefined, position?.ino);
  const file = files[0];
  const at = file === undefined ? undefined : positionOf(file);
  if (file !== undefined && at !== undefined && at <= (await file.size())) {
    const rotated = files.length > 1 ? ', which has been renamed; what came after it is read next' : '';
    const message = `tailFile: goes on at byte ${at} of ${path}${rotated}.`;
    return { files, at, report: { code: 'RESUMED', message, count: at, details: { path, at } } };
  }
  const size = await file?.size();
  const what =
    at === undefined
      ? `the file that was read before is no longer at ${path}, nor beside it under another name`
      : `${path} has ${size} bytes, but byte ${at} was reached before: it was truncated`;
  if (onLost === 'fail') {
    await Promise.all(files.map((one) => one.close()));
    const advice = "Bring the file back, or say onLost: 'restart' to go on with what is there, from its first byte.";
    throw new StreamError('DATA_LOST', `tailFile: ${what}. ${advice}`, { details: { path, size, at } });
  }
  await Promise.all(files.map((one) => one.close()));
  const message = `tailFile: ${what}; starts at the first byte of what is there.`;
  return {
    ...(await fresh(path, 'beginning')),
    report: { code: 'POSITION_RESET', message, details: { path, size, at } },
  };
}

/** Where the line begins that is not complete yet: what is added from now on, but never half a line. */
async function lastLineStart(file: FileGeneration): Promise<number> {
  for (let until = await file.size(); until > 0; ) {
    const from = Math.max(0, until - BACKWARDS_BYTES);
    const end = (await file.read(from, until)).lastIndexOf(LF);
    if (end >= 0) return from + end + 1;
    until = from;
  }
  return 0;
}
