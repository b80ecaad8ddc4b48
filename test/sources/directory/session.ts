import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { afterEach } from 'vitest';
import {
  type Cut,
  type CutAnswer,
  SOURCE,
  type Source,
  type SourceObservable,
  type SourceReport,
} from '../../../src/sources/Source.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** How a session begins and cuts. */
export interface SessionOptions {
  /** The clock at the start. Default 0. */
  readonly start?: number;
  readonly position?: unknown;
  /** Default 1000. */
  readonly intervalMs?: number;
  readonly maxRecords?: number;
}

/** A source from `open` to `close` on a clock of its own. */
export class Session<T> {
  readonly reports: SourceReport[] = [];
  readonly #source: Source<T>;
  readonly #options: SessionOptions;
  readonly #clock = new VirtualTimeScheduler();

  private constructor(source: Source<T>, options: SessionOptions) {
    this.#source = source;
    this.#options = options;
    this.#clock.frame = options.start ?? 0;
  }

  static async open<T>(observable: SourceObservable<T>, options: SessionOptions = {}): Promise<Session<T>> {
    const session = new Session(observable[SOURCE](), options);
    await session.#source.open({
      position: options.position === undefined ? undefined : JSON.parse(JSON.stringify(options.position)),
      scheduler: session.#clock,
      signal: new AbortController().signal,
      wake: () => {},
      report: (report) => session.reports.push(report),
    });
    return session;
  }

  async cut(time: number): Promise<CutAnswer> {
    const { maxRecords = Number.POSITIVE_INFINITY, intervalMs = 1000 } = this.#options;
    return (await this.#source.cut(time, { maxRecords, intervalMs })) as CutAnswer;
  }

  async read(cut: Cut): Promise<T[]> {
    const records: T[] = [];
    // As another process would get it.
    const run = await this.#source.read(JSON.parse(JSON.stringify(cut)));
    (run as { run(visit: (record: T) => void): void }).run((record) => records.push(record));
    return records;
  }

  /** The records of the batch at a time. */
  async batch(time: number): Promise<T[]> {
    const { cut, error } = await this.cut(time);
    const records = await this.read(cut);
    if (error !== undefined && records.length === 0) throw error;
    return records;
  }

  /** Batches from this time on until nothing is left, each read before the next is cut. */
  async batches(time: number): Promise<T[][]> {
    const batches: T[][] = [];
    for await (const cut of this.#cutting(time)) batches.push(await this.read(cut));
    return batches;
  }

  /** Cuts from this time on until nothing is left. */
  async cuts(time: number): Promise<Cut[]> {
    const cuts: Cut[] = [];
    for await (const cut of this.#cutting(time)) cuts.push(cut);
    return cuts;
  }

  async *#cutting(time: number): AsyncGenerator<Cut> {
    for (let at = time; ; at++) {
      const { cut, empty, more, error } = await this.cut(at);
      if (!empty) yield cut;
      if (error !== undefined) throw error;
      if (more !== true) return;
    }
  }

  get codes(): string[] {
    return this.reports.map(({ code }) => code);
  }

  close(): Promise<void> {
    return this.#source.close() as Promise<void>;
  }
}

/** A directory for each test, and sessions that are closed after it. */
export class Directory {
  readonly #root: string = temporaryFolder();
  readonly #sessions: Session<unknown>[] = [];
  #count = 0;
  path = '';

  constructor() {
    afterEach(async () => {
      for (const session of this.#sessions.splice(0)) await session.close();
    });
  }

  /** A new empty one. */
  begin(): string {
    this.path = join(this.#root, String(this.#count++));
    mkdirSync(this.path);
    return this.path;
  }

  /** Writes a file elsewhere, and moves it in with its modification time in milliseconds. */
  put(name: string, modifiedMs: number, content: string | Uint8Array = `${name}\n`): string {
    const path = join(this.path, name);
    const draft = join(this.#root, 'draft');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, content);
    // A microsecond more: seconds as a fraction fall short of the millisecond that is meant.
    utimesSync(draft, modifiedMs / 1000 + 1e-6, modifiedMs / 1000 + 1e-6);
    renameSync(draft, path);
    return path;
  }

  async open<T>(source: SourceObservable<T>, options?: SessionOptions): Promise<Session<T>> {
    const session = await Session.open(source, options);
    this.#sessions.push(session);
    return session;
  }
}
