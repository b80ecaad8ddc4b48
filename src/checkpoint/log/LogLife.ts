import { randomBytes } from 'node:crypto';
import { FRAME_HEAD } from './format/frames.ts';
import { CLONES, encodeHead, type Head, type NamedSegment } from './format/head.ts';
import type { LogStorage } from './LogStorage.ts';
import type { ReadLog } from './reading/readLog.ts';
import { LogWriter } from './writing/LogWriter.ts';

/** From a `load` to its end: what the head says as this owner has published it, and the segment that is written to. */
export class LogLife {
  readonly #storage: LogStorage;
  #head: Head;
  #writer: LogWriter;
  #names = 1;
  /** Why nothing is written any more. */
  #failure: { readonly error: unknown } | undefined;

  private constructor(storage: LogStorage, head: Head, writer: LogWriter) {
    this.#storage = storage;
    this.#head = head;
    this.#writer = writer;
  }

  /**
   * Goes on after what was read, in a segment of its own: whatever a crash or an overtaken owner has left behind the lengths that the
   * head names now, or still writes there, is never looked at again. Segments that were only begun are not named any more.
   */
  static async begin(storage: LogStorage, before: Head, read: ReadLog): Promise<LogLife> {
    const life = before.life + 1;
    const begun = await LogWriter.begin(storage, segmentName('log', life, 0), read.next);
    const log = read.log.filter(({ length }) => length > FRAME_HEAD);
    const head = headAfter(before, { life, base: before.base, log: [...log, begun] });
    const states = [...read.contents.states].map(([name, { version, live }]) => [name, { version, live }] as const);
    await storage.publish(encodeHead(head));
    return new LogLife(storage, head, new LogWriter(storage, new Map(states), begun));
  }

  /** As it was published last. */
  get head(): Head {
    return this.#head;
  }

  /** How long the log is, without the base. */
  get logBytes(): number {
    const { length } = this.#writer.named;
    return this.#closed.reduce((sum, part) => sum + part.length, length);
  }

  /** A name for a new segment. */
  newName(kind: 'base' | 'log'): string {
    return segmentName(kind, this.#head.life, this.#names++);
  }

  /** Lets `task` write; after a failure nobody knows what is there, and nothing is written any more. */
  async write(task: (writer: LogWriter) => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      await task(this.#writer);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** All that was written so far as a head of its own whose segments do not grow any more. */
  async closedHead(): Promise<Head> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#writer.isEmpty) await this.#rotate();
    return { ...this.#head, log: this.#closed, isClosed: true };
  }

  /**
   * A new base takes the place of the old one and of what was merged into it. Whether a publication that fails has taken place or not: the
   * segments of both heads are still there, and the one that is written to is the last of both.
   */
  async replaceBase(base: NamedSegment, merged: Head): Promise<void> {
    const gone = new Set(merged.log.map(({ segment }) => segment));
    const log = this.#head.log.filter(({ segment }) => !gone.has(segment));
    await this.#publish({ ...this.#head, base, log });
  }

  /** The segments before the one that is written to. */
  get #closed(): readonly NamedSegment[] {
    return this.#head.log.slice(0, -1);
  }

  async #rotate(): Promise<void> {
    // Before the head is published this is a segment that nobody names: if it cannot be begun the old one goes on.
    const begun = await LogWriter.begin(this.#storage, this.newName('log'), this.#writer.next);
    // Whoever fails here does not know to which of the two segments to write on.
    await this.write(async (writer) => {
      await this.#publish({ ...this.#head, log: [...this.#closed, writer.named, begun] });
      this.#writer = writer.goOn(begun);
    });
  }

  async #publish(head: Head): Promise<void> {
    await this.#storage.publish(encodeHead(head));
    this.#head = head;
  }
}

/** The head of somebody who reads what `before` names and writes as this process does. */
export function headAfter(before: Head, { life, base, log }: Pick<Head, 'life' | 'base' | 'log'>): Head {
  const node = before.clones > CLONES ? before.node : process.versions.node;
  return { life, clones: Math.max(CLONES, before.clones), node, base, log, isClosed: false };
}

/** The last part keeps two owners apart that both believe to be the next one. */
export function segmentName(kind: 'base' | 'log', life: number, n: number): string {
  return `${kind}-${life}-${n}-${randomBytes(4).toString('hex')}`;
}
