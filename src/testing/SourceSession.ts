import { asyncScheduler, firstValueFrom, timer } from 'rxjs';
import { promised } from '../core/Answer.ts';
import type { Cut, CutAnswer, RecordRun, Source, SourceReport } from '../sources/Source.ts';

/** Counted in turns of the event loop: a process that stands still loses none of it. */
const PATIENCE_MS = 60_000;
const STEP_MS = 5;

/** A source between `open` and `close`, driven as the runtime drives it. */
export class SourceSession<T> {
  readonly source: Source<T>;
  readonly reports: SourceReport[] = [];
  wakes = 0;
  readonly #patienceMs: number;
  readonly #end = new AbortController();
  #isOpen = true;
  /** Calls of `wake` after `close`. */
  strayWakes = 0;

  private constructor(source: Source<T>, patienceMs: number) {
    this.source = source;
    this.#patienceMs = patienceMs;
  }

  static async open<T>(
    source: Source<T>,
    position?: unknown,
    patienceMs: number = PATIENCE_MS,
  ): Promise<SourceSession<T>> {
    const session = new SourceSession(source, patienceMs);
    const opening = {
      position,
      scheduler: asyncScheduler,
      signal: session.#end.signal,
      wake: () => session.#woken(),
      report: (report: SourceReport) => session.reports.push(report),
    };
    await promised(() => source.open(opening));
    return session;
  }

  cut(maxRecords: number = Number.POSITIVE_INFINITY): Promise<CutAnswer> {
    return promised(() => this.source.cut(asyncScheduler.now(), { maxRecords, intervalMs: 100 }));
  }

  async read(cut: Cut): Promise<T[]> {
    return taken(await promised(() => this.source.read(cut)));
  }

  /** Stops after the first record, as `take(1)` does. */
  async readOne(cut: Cut): Promise<T[]> {
    return taken(await promised(() => this.source.read(cut)), 1);
  }

  settle(cut: Cut): Promise<void> {
    return promised(() => this.source.settled(cut));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end.abort();
    await promised(() => this.source.close());
  }

  /** Cuts until so many records have come; answers the cuts that hold any, and what they hold. */
  async cutUntil(count: number, maxRecords?: number): Promise<{ cuts: Cut[]; records: T[][] }> {
    const cuts: Cut[] = [];
    const records: T[][] = [];
    const isThere = async (): Promise<boolean> => {
      const { cut, empty } = await this.cut(maxRecords);
      if (!empty) {
        cuts.push(cut);
        records.push(await this.read(cut));
      }
      return records.reduce((sum, some) => sum + some.length, 0) >= count;
    };
    await eventually(`${count} records`, isThere, this.#patienceMs);
    return { cuts, records };
  }

  #woken(): void {
    this.wakes++;
    if (!this.#isOpen) this.strayWakes++;
  }
}

/** Waits until something is so. */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  for (let waited = 0; !(await isSo()); waited += STEP_MS) {
    if (waited >= patienceMs) throw new Error(`waited ${patienceMs} ms for ${what}, which did not come`);
    await firstValueFrom(timer(STEP_MS));
  }
}

function taken<T>(records: Iterable<T> | RecordRun<T>, most: number = Number.POSITIVE_INFINITY): T[] {
  const all: T[] = [];
  if ('run' in records) {
    records.run((record) => {
      all.push(record);
      return all.length < most;
    });
    return all;
  }
  for (const record of records) {
    all.push(record);
    if (all.length >= most) break;
  }
  return all;
}
