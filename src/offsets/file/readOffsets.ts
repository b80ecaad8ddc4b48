import { StreamError } from '../../core/errors.ts';
import { type Generation, readGenerations } from '../../drivers/files/readGenerations.ts';
import { previousName } from '../../drivers/files/replaceFile.ts';
import type { HeldOffsets } from '../commitPlan.ts';
import { type FileOwner, type OffsetsFile, parseOffsetsFile } from './offsetsFile.ts';

/** What the file store goes on from. */
export interface OffsetsAtHand {
  readonly offsets: HeldOffsets;
  readonly generation: number;
  /** Who wrote them; empty where nobody did. */
  readonly writer: string;
  readonly owner?: FileOwner;
  /** Which file it comes from; `nowhere` where neither exists. */
  readonly from: 'current' | 'previous' | 'nowhere';
}

/**
 * The offsets of the current file, else those of the previous one with a warning. Only where there is neither file does
 * the store begin empty; where nothing can be understood it fails.
 */
export async function readOffsets(path: string, warn: (message: string) => void): Promise<OffsetsAtHand> {
  const { current, previous } = await readGenerations(path, parseOffsetsFile);
  if (current.found === 'value') {
    if (current.value.edited) {
      warn(`fileOffsets: ${path} was edited by hand (its checksum says none); going on from what it says.`);
    }
    return { ...current.value, from: 'current' };
  }
  if (previous.found === 'value') {
    warn(
      `fileOffsets: ${path} ${told(current)}. Going on from the generation before it, ${previousName(path)} ` +
        `(generation ${previous.value.generation}, written by ${previous.value.writer}): records since then are repeated. ` +
        'To begin afresh instead, remove both files while the pipeline is stopped.',
    );
    return { ...previous.value, from: 'previous' };
  }
  if (current.found === 'nothing' && previous.found === 'nothing') {
    return { offsets: new Map(), generation: 0, writer: '', from: 'nowhere' };
  }
  throw unreadable(path, current, previous);
}

/** Whether nobody has written in between. */
export function isSame(a: OffsetsAtHand, b: OffsetsAtHand): boolean {
  return a.generation === b.generation && a.writer === b.writer && a.from === b.from;
}

function unreadable(path: string, current: Generation<OffsetsFile>, previous: Generation<OffsetsFile>): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `fileOffsets: expected committed offsets at ${path}, but it ${told(current)}, and the generation before it, ` +
      `${previousName(path)}, ${told(previous)}. Put back a copy of either file, or correct it and write "none" as its ` +
      'checksum, or remove both to begin at the start position of the source. Nothing was changed.',
    { details: { path, current: told(current), previous: told(previous) } },
  );
}

function told(generation: Generation<OffsetsFile>): string {
  if (generation.found === 'nothing') return 'is missing';
  return generation.found === 'damage' ? `cannot be used: ${generation.what}` : 'is whole';
}
