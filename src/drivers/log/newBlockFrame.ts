import { refuse, wholeNumber } from '../../core/arguments.ts';
import { FRAME, type NewFrame } from './frames.ts';
import type { NewBlock } from './LogBlock.ts';

/** Notes are written with each block and carried from segment to segment. */
const MOST_NOTE_BYTES = 1 << 20;

/** How many bytes a block has. */
export function blockBytes({ parts }: NewBlock): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}

/** A block as a frame; `record` is the number of its first record. */
export function newBlockFrame(block: NewBlock, record: number): NewFrame {
  wholeNumber('writeAheadLog.append(records)', block.records, 1);
  const note = block.note === undefined ? undefined : encodedNote(block.note);
  return { kind: FRAME.block, record, records: block.records, note, parts: block.parts, length: blockBytes(block) };
}

function encodedNote(note: unknown): Buffer {
  const bytes = Buffer.from(jsonOf(note), 'utf8');
  if (bytes.length <= MOST_NOTE_BYTES) return bytes;
  return refuse('writeAheadLog.append(note)', `at most ${MOST_NOTE_BYTES} bytes of JSON`, bytes.length);
}

function jsonOf(note: unknown): string {
  const expected = 'plain JSON data';
  try {
    return JSON.stringify(note) ?? refuse('writeAheadLog.append(note)', expected, note);
  } catch {
    return refuse('writeAheadLog.append(note)', expected, note);
  }
}
