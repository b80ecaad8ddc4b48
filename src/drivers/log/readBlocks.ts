import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readBytes } from './FileWindow.ts';
import { contentAt, decodeHead, FRAME, FRAME_HEAD, seedOf } from './frames.ts';
import type { LoggedBlock } from './LogBlock.ts';
import type { BlockRange } from './LogIndex.ts';
import { logCorrupt } from './logErrors.ts';
import type { Piece, RecentPieces } from './RecentPieces.ts';

/** Small blocks that lie together are read together, into one buffer of at most so many bytes; who keeps one of them keeps that. */
export const TOGETHER: number = 256 << 10;

/** Gives blocks: those that are in memory still, and the others read and checked again. */
export async function readBlocks(
  folder: string,
  log: string,
  range: BlockRange,
  recent?: RecentPieces,
): Promise<readonly LoggedBlock[]> {
  const { segment, from, until } = range;
  const blocks: LoggedBlock[] = [];
  let reading: Reading | undefined;
  try {
    for (let block = from; block < until; ) {
      const piece = recent?.find(segment.firstOf(block));
      let end = block + 1;
      if (piece !== undefined) {
        while (end < until && segment.firstOf(end) < piece.next) end++;
        takeTogether(piece, block, end, blocks);
      } else {
        while (end < until && segment.placeOf(end + 1) - segment.placeOf(block) <= TOGETHER) end++;
        reading ??= {
          folder,
          range,
          file: await open(join(folder, segment.name.file), 'r'),
          seed: seedOf(log, segment.name.file),
        };
        await readTogether(reading, block, end, blocks);
      }
      block = end;
    }
    return blocks;
  } finally {
    await reading?.file.close();
  }
}

interface Reading {
  readonly folder: string;
  readonly file: FileHandle;
  readonly range: BlockRange;
  readonly seed: number;
}

/** What is in memory is what was written: nothing is checked. */
function takeTogether({ segment, at, bytes }: Piece, from: number, until: number, into: LoggedBlock[]): void {
  for (let block = from; block < until; block++) {
    const first = segment.firstOf(block);
    const start = contentAt(bytes, segment.placeOf(block) - at);
    const content = bytes.subarray(start, start + segment.lengthOf(block));
    into.push({ first, records: segment.firstOf(block + 1) - first, bytes: content });
  }
}

async function readTogether(reading: Reading, from: number, until: number, into: LoggedBlock[]): Promise<void> {
  const { segment } = reading.range;
  const start = segment.placeOf(from);
  const bytes = await readBytes(reading.file, start, segment.placeOf(until) - start);
  for (let block = from; block < until; block++) {
    const at = segment.placeOf(block) - start;
    const head = decodeHead(bytes, at, reading.seed);
    const first = segment.firstOf(block);
    const records = segment.firstOf(block + 1) - first;
    const isRight =
      head?.kind === FRAME.block &&
      head.record === first &&
      head.records === records &&
      head.length === segment.lengthOf(block);
    if (!isRight) throw changed(reading, 'the head of a block', at + start);
    const content = bytes.subarray(at + FRAME_HEAD, at + FRAME_HEAD + head.noteLength + head.length);
    if (content.length < head.noteLength + head.length || crc32(content) !== head.crc) {
      throw changed(reading, 'a block', at + start);
    }
    into.push({ first, records, bytes: content.subarray(head.noteLength) });
  }
}

function changed({ folder, range }: Reading, what: string, at: number): Error {
  return logCorrupt(folder, range.segment.name.file, `${what} at byte ${at} is not as it was when the log was opened`);
}
