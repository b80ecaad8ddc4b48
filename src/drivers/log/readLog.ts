import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { hasCode } from '../files/fileTrouble.ts';
import { type HeadSegment, type LogHead, readHead } from './LogHead.ts';
import { LogIndex } from './LogIndex.ts';
import { logCorrupt } from './logErrors.ts';
import { headName, type LogNames, namesIn, type SegmentName } from './logNames.ts';
import type { Segment } from './Segment.ts';
import { type ScannedSegment, scanSegment } from './scanSegment.ts';

/** What an owner finds when it comes. */
export interface FoundLog {
  /** The log's id. */
  readonly id: string;
  readonly index: LogIndex;
  /** As JSON. */
  readonly note: string | undefined;
  readonly nextSegment: number;
  /** Segments that no head names yet. */
  readonly unnamed: readonly Segment[];
  /** What a crash had cut off. */
  readonly torn: { readonly file: string; readonly bytes: number | undefined; readonly what: string } | undefined;
  /** What was in the folder. */
  readonly names: LogNames;
}

/** Reads a log and checks every byte of it. Nothing is changed. */
export async function readLog(folder: string): Promise<FoundLog> {
  while (true) {
    const names = await namesIn(folder);
    try {
      return await readNamed(folder, names);
    } catch (error) {
      // Whoever owned it until now may still be removing what it had trimmed.
      if (isDeepStrictEqual(names, await namesIn(folder))) throw error;
    }
  }
}

async function readNamed(folder: string, names: LogNames): Promise<FoundLog> {
  const epoch = Math.max(0, ...names.heads);
  const stray = names.segments.find((segment) => segment.epoch > epoch);
  if (stray !== undefined) throw logCorrupt(folder, headName(stray.epoch), `it is missing, and ${stray.file} needs it`);
  const head = epoch === 0 ? freshHead() : await readHead(folder, epoch);
  return new LogReading(folder, head).run(names, epoch);
}

function freshHead(): LogHead {
  return { log: randomUUID(), trimmed: 0, next: 0, nextSegment: 1, note: undefined, segments: [] };
}

class LogReading {
  readonly #folder: string;
  readonly #head: LogHead;
  #trimmed: number;
  #note: string | undefined;
  #torn: FoundLog['torn'];

  constructor(folder: string, head: LogHead) {
    this.#folder = folder;
    this.#head = head;
    this.#trimmed = head.trimmed;
    this.#note = head.note;
  }

  async run(names: LogNames, epoch: number): Promise<FoundLog> {
    const { log, next, nextSegment, segments } = this.#head;
    const later = names.segments.filter((name) => name.epoch === epoch && name.number >= nextSegment);
    const unnamed: Segment[] = [];
    for (const name of later) {
      const segment = await this.#later(name, name === later.at(-1));
      if (segment !== undefined) unnamed.push(segment);
    }
    const end = unnamed.at(-1)?.next ?? next;
    const trimmed = Math.min(this.#trimmed, end);
    const live: Segment[] = [];
    // What is trimmed may be gone, and is not looked at.
    for (const name of segments) if (name.next > trimmed) live.push(await this.#named(name));
    for (const segment of unnamed) if (segment.next > trimmed) live.push(segment);
    this.#expectNoGap(live, trimmed);
    const index = new LogIndex(trimmed, end);
    for (const segment of live) index.add(segment);
    return {
      id: log,
      index,
      note: this.#note,
      nextSegment: Math.max(nextSegment, (later.at(-1)?.number ?? 0) + 1),
      unnamed: unnamed.filter((segment) => live.includes(segment)),
      torn: this.#torn,
      names,
    };
  }

  /** A segment that a head names holds exactly what it says. */
  async #named(name: HeadSegment): Promise<Segment> {
    const { segment, bytes, broken } = await this.#scanned(name, name.bytes);
    if (broken !== undefined) throw logCorrupt(this.#folder, name.file, broken);
    const isRight = segment?.first === name.first && segment.next === name.next && bytes === name.bytes;
    if (!isRight)
      throw logCorrupt(this.#folder, name.file, `it does not hold the records ${name.first} to ${name.next}`);
    return segment;
  }

  /** One that came later holds whole groups; behind them, in the last one, may be what a crash cut off. */
  async #later(name: SegmentName, isLast: boolean): Promise<Segment | undefined> {
    const { segment, broken, rest, isDamaged, trimmed, note } = await this.#scanned(name);
    if (broken !== undefined) {
      if (isDamaged) throw logCorrupt(this.#folder, name.file, broken);
      if (!isLast) throw logCorrupt(this.#folder, name.file, `${broken}, and there are later segments`);
      this.#torn = { file: name.file, bytes: rest, what: broken };
    }
    if (segment === undefined) return undefined;
    this.#trimmed = Math.max(this.#trimmed, trimmed);
    this.#note = note;
    return segment;
  }

  async #scanned(name: SegmentName, end?: number): Promise<ScannedSegment> {
    try {
      return await scanSegment(this.#folder, this.#head.log, name, end);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) throw logCorrupt(this.#folder, name.file, 'it is missing');
      throw error;
    }
  }

  #expectNoGap(live: readonly Segment[], trimmed: number): void {
    let record = trimmed;
    for (const [n, { first, next, name }] of live.entries()) {
      if (n === 0 ? first > record : first !== record) {
        throw logCorrupt(this.#folder, name.file, `the records ${record} to ${first} before it are missing`);
      }
      record = next;
    }
  }
}
