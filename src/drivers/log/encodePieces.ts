import { encodeHead, FRAME, FRAME_HEAD, frameBytes, type NewFrame } from './frames.ts';
import { TOGETHER } from './readBlocks.ts';

/** Frames that lie together, in memory of their own. */
export interface NewPiece {
  readonly bytes: Buffer;
  /** The records of its blocks. */
  readonly first: number;
  readonly next: number;
}

/** A group in copies that stay as they are: pieces of whole frames, none longer than what is read together, or one frame. */
export function encodePieces(frames: readonly NewFrame[], group: number, seed: number): readonly NewPiece[] {
  const pieces: NewPiece[] = [];
  for (let from = 0; from < frames.length; ) {
    let until = from;
    let size = 0;
    for (; until < frames.length; until++) {
      const more = frameBytes(frames[until] as NewFrame);
      if (until > from && size + more > TOGETHER) break;
      size += more;
    }
    // Not from the pool: who keeps a piece keeps nothing else.
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (let n = from; n < until; n++)
      at = encodeFrame(bytes, at, frames[n] as NewFrame, group, n + 1 === frames.length, seed);
    const blocks = frames.slice(from, until).filter(({ kind }) => kind === FRAME.block);
    const [first, last] = [blocks[0], blocks.at(-1)];
    pieces.push({ bytes, first: first?.record ?? 0, next: last === undefined ? 0 : last.record + last.records });
    from = until;
  }
  return pieces;
}

function encodeFrame(bytes: Buffer, at: number, frame: NewFrame, group: number, isLast: boolean, seed: number): number {
  encodeHead(bytes.subarray(at, at + FRAME_HEAD), frame, group, isLast, seed);
  let end = at + FRAME_HEAD;
  for (const part of frame.note === undefined ? frame.parts : [frame.note, ...frame.parts]) {
    bytes.set(part, end);
    end += part.length;
  }
  return end;
}
