import { corrupt, missingPart } from '../checkpointErrors.ts';
import type { Head, NamedSegment } from '../format/head.ts';
import { SegmentScanner } from '../format/SegmentScanner.ts';
import type { LogStorage, StoredSegment } from '../LogStorage.ts';
import { turn } from '../turn.ts';
import { LogContents } from './LogContents.ts';
import type { OpenSegment } from './LoggedState.ts';

/** After how many bytes the event loop gets a turn. */
const SLICE = 1 << 20;

/** Bytes at the end of the log that were never answered for: the crash came while they were written. */
export interface TornTail {
  readonly segment: string;
  readonly from: number;
  readonly bytes: number;
  readonly what: string;
}

/** What base and log hold. Keys and values are read from the segments, which stay open until `close`. */
export interface ReadLog {
  readonly contents: LogContents;
  /** The segments of the log with the lengths that count. */
  readonly log: readonly NamedSegment[];
  /** The sequence number after all that counts. */
  readonly next: number;
  readonly torn: TornTail | undefined;
  close(): void;
}

/** Reads all that the head names and looks at every checksum, in slices between which the event loop gets a turn. */
export async function readLog(storage: LogStorage, head: Head, savepoint?: string): Promise<ReadLog> {
  const reading = new LogReading(storage, savepoint);
  try {
    if (head.base !== undefined) await reading.closedSegment(head.base);
    const log: NamedSegment[] = [];
    for (const [n, named] of head.log.entries()) {
      const isOpen = n === head.log.length - 1 && !head.isClosed;
      const length = isOpen ? await reading.openSegment(named) : await reading.closedSegment(named);
      log.push({ ...named, length });
    }
    return { contents: reading.contents, log, next: reading.next, torn: reading.torn, close: () => reading.close() };
  } catch (error) {
    reading.close();
    throw error;
  }
}

class LogReading {
  readonly contents = new LogContents();
  next = 0;
  torn: TornTail | undefined;
  readonly #storage: LogStorage;
  readonly #savepoint: string | undefined;
  readonly #opened: StoredSegment[] = [];
  #slice = 0;
  #isClosed = false;

  constructor(storage: LogStorage, savepoint: string | undefined) {
    this.#storage = storage;
    this.#savepoint = savepoint;
  }

  /** A segment all of which was answered for: whatever is wrong with it is damage. */
  async closedSegment(named: NamedSegment): Promise<number> {
    const segment = await this.#open(named);
    const scanner = this.#scanner(segment, named, named.length);
    await this.#all(scanner, segment, named.length);
    if (scanner.broken !== undefined) throw this.#damage(segment, scanner, scanner.broken);
    if (this.contents.openGroup !== undefined) throw this.#damage(segment, scanner, 'what begins last does not end');
    this.next = scanner.sequence;
    return named.length;
  }

  /** The last segment: what was written last may have been cut off, if nothing was begun after it. */
  async openSegment(named: NamedSegment): Promise<number> {
    const segment = await this.#open(named);
    const scanner = this.#scanner(segment, named, segment.bytes.size);
    const counts = await this.#all(scanner, segment, segment.bytes.size);
    const group = this.contents.openGroup ?? scanner.sequence;
    const isTail = counts.length >= named.length && !(await scanner.hasOtherGroup(group, turn));
    if (!isTail) throw this.#damage(segment, scanner, scanner.broken ?? 'what begins last does not end');
    const bytes = segment.bytes.size - counts.length;
    if (bytes > 0) {
      const what = scanner.broken ?? 'what begins last does not end';
      this.torn = { segment: named.segment, from: counts.length, bytes, what };
    }
    this.next = counts.next;
    return counts.length;
  }

  close(): void {
    this.#isClosed = true;
    for (const bytes of this.#opened.splice(0)) bytes.close();
  }

  /** Takes all whole frames in; up to where they count. */
  async #all(scanner: SegmentScanner, segment: OpenSegment, end: number): Promise<{ length: number; next: number }> {
    let counts = { length: 0, next: scanner.sequence };
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
      const wrong = this.contents.take(frame, segment);
      if (wrong !== undefined) throw this.#damage(segment, { at: frame.from }, wrong);
      if (this.contents.openGroup === undefined) counts = { length: scanner.at, next: scanner.sequence };
      await this.#pause(scanner, end);
    }
    return counts;
  }

  async #pause({ at }: SegmentScanner, end: number): Promise<void> {
    if (at < end && at - this.#slice < SLICE) return;
    this.#slice = at < end ? at : 0;
    await turn();
  }

  async #open({ segment: name, length }: NamedSegment): Promise<OpenSegment> {
    const bytes = await this.#storage.open(name, this.#savepoint);
    const storage = this.#storage.name;
    if (bytes === undefined) throw missingPart(storage, name);
    this.#opened.push(bytes);
    if (bytes.size >= length) return { storage, name, bytes: this.#whileOpen(bytes) };
    throw corrupt(storage, `its part ${name} has ${bytes.size} bytes where there were ${length}`, { segment: name });
  }

  #whileOpen(bytes: StoredSegment): StoredSegment {
    return {
      size: bytes.size,
      close: () => bytes.close(),
      read: (from, to) => {
        if (!this.#isClosed) return bytes.read(from, to);
        throw new Error(
          'Entries of a state can be gone through until changes of it settle or the checkpoint is closed.',
        );
      },
    };
  }

  #scanner(segment: OpenSegment, named: NamedSegment, end: number): SegmentScanner {
    this.#slice = 0;
    return new SegmentScanner(segment.name, segment.bytes, named.first, end);
  }

  #damage({ name }: OpenSegment, { at }: Pick<SegmentScanner, 'at'>, what: string): Error {
    const details = { segment: name, at };
    return corrupt(this.#storage.name, `the part that begins at byte ${at} of ${name}: ${what}`, details);
  }
}
