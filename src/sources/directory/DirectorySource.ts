import { stat } from 'node:fs/promises';
import { interval, type Subscription } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening } from '../Source.ts';
import { type CutRules, DirectoryCutter } from './DirectoryCutter.ts';
import { DirectoryReports } from './DirectoryReports.ts';
import type { ChosenFile, DirectoryCut, DirectoryPosition } from './directoryPosition.ts';
import type { FileFormat } from './FileFormat.ts';
import { FileSelection } from './FileSelection.ts';
import { type ListingRules, listFolders } from './listFolders.ts';
import { PieceReader, type ReadRules } from './PieceReader.ts';
import { UnpackedAhead } from './UnpackedAhead.ts';

/** The options of a directory source, with every default filled in. */
export interface DirectorySettings extends CutRules, ReadRules, ListingRules {
  readonly newFilesOnly: boolean;
  readonly minRememberDuration: number;
  readonly onMissing: 'wait' | 'fail';
  readonly pollIntervalMs: number;
}

/** What lasts from `open` to `close`. */
interface Life {
  readonly opening: SourceOpening;
  readonly selection: FileSelection;
  readonly end: AbortController;
}

/** @internal The contract's side of `textFiles`, `files` and `binaryRecords`. */
export class DirectorySource<T> implements Source<T> {
  readonly name: string;
  readonly replayable = true;
  readonly wakes = true;
  readonly #settings: DirectorySettings;
  readonly #ahead: UnpackedAhead = new UnpackedAhead();
  readonly #cutter: DirectoryCutter;
  readonly #reader: PieceReader<T>;
  readonly #reports: DirectoryReports;
  #life: Life | undefined;
  /** Selected files that are in no batch yet. */
  #waiting: readonly ChosenFile[] = [];
  /** How far the first of them has been taken. */
  #at = 0;
  #cutting: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();
  #poll: Subscription | undefined;

  constructor(settings: DirectorySettings, format: FileFormat<T>) {
    this.name = settings.name;
    this.#settings = settings;
    this.#cutter = new DirectoryCutter(settings, format as FileFormat<unknown>, this.#ahead);
    this.#reader = new PieceReader(settings, format, this.#ahead);
    this.#reports = new DirectoryReports(settings.name, settings.folders.base);
  }

  async open(opening: SourceOpening): Promise<void> {
    const { newFilesOnly, minRememberDuration, onMissing } = this.#settings;
    const position = opening.position as DirectoryPosition | undefined;
    const since = newFilesOnly ? opening.scheduler.now() : 0;
    this.#waiting = position?.waiting ?? [];
    this.#at = position?.at ?? 0;
    this.#reports.begin(opening.report);
    const selection = new FileSelection(minRememberDuration, since, position);
    this.#life = { opening, selection, end: new AbortController() };
    if (onMissing === 'fail') await this.#mustBeThere();
  }

  cut(time: number, limit: CutLimit): Promise<CutAnswer> {
    const cutting = this.#cut(time, limit);
    this.#cutting = cutting.catch(() => {});
    return cutting;
  }

  read(cut: Cut): Promise<RecordRun<T>> {
    const { opening, end } = this.#alive();
    const reading = this.#reader.read(cut, opening.report, end.signal);
    this.#reading = reading.catch(() => {});
    return reading;
  }

  settled(): void {}

  async close(): Promise<void> {
    this.#poll?.unsubscribe();
    this.#poll = undefined;
    this.#life?.end.abort();
    this.#life = undefined;
    await Promise.all([this.#cutting, this.#reading]);
    this.#ahead.clear();
    await Promise.all([this.#cutter.close(), this.#reader.close()]);
  }

  async #cut(time: number, { maxRecords, intervalMs }: CutLimit): Promise<CutAnswer> {
    const { selection, end, opening } = this.#alive();
    // A look at a directory costs too much to be had for nothing: those who wait for files are told to ask.
    this.#poll ??= interval(this.#settings.pollIntervalMs, opening.scheduler).subscribe(() => opening.wake());
    // A trigger without interval asks again at once while files wait: then they come first.
    if (intervalMs > 0 || this.#waiting.length === 0) await this.#select(time, intervalMs);
    const taken = await this.#cutter.take(this.#waiting, this.#at, maxRecords, end.signal);
    const { pieces, files, at, records, trouble, failure, reports } = taken;
    for (const report of reports) opening.report(report);
    this.#reports.cut(trouble);
    this.#waiting = this.#waiting.slice(files);
    this.#at = at;
    const data: DirectoryCut = { pieces };
    const position: DirectoryPosition = {
      since: selection.since,
      time: selection.time ?? time,
      recent: selection.recent,
      waiting: this.#waiting,
      at,
    };
    const empty = pieces.length === 0;
    const more = this.#waiting.length > 0 && trouble === undefined;
    const cut: Cut = { data, position, ...(records === undefined ? {} : { records }) };
    return { cut, empty, more, ...(failure === undefined ? {} : { last: true, error: failure }) };
  }

  /** Lists the directory and puts what is new in line. */
  async #select(time: number, intervalMs: number): Promise<void> {
    const { selection, end } = this.#alive();
    const window = selection.begin(time, intervalMs);
    const listing = await listFolders(this.#settings, (name) => selection.isKnown(name), end.signal);
    this.#reports.listed(listing, window);
    if (listing.troubles.has('')) return selection.missed();
    const chosen = selection.select(listing.files, window);
    if (chosen.length > 0) this.#waiting = [...this.#waiting, ...chosen];
  }

  async #mustBeThere(): Promise<void> {
    const { base } = this.#settings.folders;
    const failed = (cause: unknown, got: string): StreamError =>
      new StreamError('SOURCE_FAILED', `${this.name}: expected a directory at ${base}, but ${got}.`, {
        cause,
        details: { path: base },
      });
    const stats = await stat(base).catch((error: Error) => {
      throw failed(error, error.message);
    });
    if (!stats.isDirectory()) throw failed(undefined, 'it is something else');
  }

  #alive(): Life {
    if (this.#life === undefined) throw new StreamError('SOURCE_FAILED', `${this.name}: the source is not open.`);
    return this.#life;
  }
}
