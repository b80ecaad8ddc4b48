import type { Subscription } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening } from '../Source.ts';
import { FileCutReader, type FileReading } from './FileCutReader.ts';
import { FileCutter, type FileLimits, type LineRange } from './FileCutter.ts';
import { FileFollower } from './FileFollower.ts';
import type { FileGeneration } from './FileGeneration.ts';
import { lost, tooLong, unreadable } from './fileErrors.ts';
import { type FileCutData, type FilePosition, isAt, positionIn } from './filePosition.ts';
import { type StartOptions, startOfFile } from './startOfFile.ts';

/** The options of `tailFile`, with every default filled in. */
export interface TailFileSettings extends FileLimits, FileReading, StartOptions {
  readonly onMissing: 'wait' | 'fail';
  readonly pollIntervalMs: number;
  readonly rotationWaitMs: number;
}

/** @internal The contract's side of `tailFile`: decides what the batches hold. */
export class TailFileSource implements Source<string> {
  readonly name: string;
  readonly replayable = true;
  readonly wakes = true;
  readonly startsFrom?: { readonly name: string };
  readonly #settings: TailFileSettings;
  readonly #follower: FileFollower;
  readonly #cutter: FileCutter;
  readonly #reader: FileCutReader;
  /** Between `open` and `close`. */
  #opening: SourceOpening | undefined;
  #at = 0;
  /** The size that the last look at the current file found. */
  #size = 0;
  /** Since when the replaced file has had that size. */
  #stillSince: number | undefined;
  #isTroubled = false;
  #busy: Promise<unknown> = Promise.resolve();
  #poll: Subscription | undefined;

  constructor(settings: TailFileSettings) {
    const { name, path, offsets } = settings;
    this.name = name;
    if (offsets !== undefined) this.startsFrom = offsets;
    this.#settings = settings;
    this.#follower = new FileFollower(path);
    this.#cutter = new FileCutter(settings);
    this.#reader = new FileCutReader(settings, this.#follower);
  }

  async open(opening: SourceOpening): Promise<void> {
    this.#opening = opening;
    const { path, name, onMissing } = this.#settings;
    const start = await startOfFile(this.#settings, opening.position as FilePosition | undefined).catch((error) => {
      throw error instanceof StreamError ? error : unreadable(name, path, error);
    });
    this.#follower.start(start.files);
    // Closed while it was opening.
    if (this.#opening !== opening) return this.#follower.close();
    this.#moveTo(0);
    this.#moveTo(start.at);
    if (start.report !== undefined) opening.report(start.report);
    if (start.files.length === 0) {
      if (onMissing === 'fail') throw unreadable(name, path, new Error('it does not exist'));
      opening.report({ code: 'SOURCE_UNAVAILABLE', message: `${name}: ${path} does not exist yet; waits for it.` });
    }
    this.#pollLater(opening);
  }

  cut(_time: number, { maxRecords }: CutLimit): Promise<CutAnswer> {
    return this.#alone(async () => {
      const isFollowed = await this.#look();
      try {
        const answer = await this.#plan(maxRecords);
        if (isFollowed) this.#isTroubled = false;
        return answer;
      } catch (error) {
        this.#trouble(error);
        return this.#nothing();
      }
    });
  }

  read(cut: Cut): Promise<RecordRun<string>> {
    return this.#reader.read(cut.data as FileCutData, (report) => this.#opening?.report(report));
  }

  settled(cut: Cut): Promise<void> | undefined {
    const data = cut.data as FileCutData;
    if (!this.#follower.keeps) return undefined;
    return this.#alone(() => this.#follower.closeBefore((file) => isAt(data, file)));
  }

  close(): Promise<void> {
    this.#opening = undefined;
    this.#poll?.unsubscribe();
    return this.#alone(() => this.#follower.close());
  }

  // ---- cutting -----------------------------------------------------------------------------------------------------

  async #plan(maxRecords: number): Promise<CutAnswer> {
    for (;;) {
      const file = this.#follower.current;
      if (file === undefined) return this.#nothing();
      const size = await file.size();
      await file.identify();
      if (size < this.#at || (size !== this.#size && !(await file.isSame()))) {
        const error = this.#truncated(file, size);
        if (error !== undefined) return { ...this.#nothing(), last: true, error };
        continue;
      }
      if (size !== this.#size) this.#stillSince = undefined;
      this.#size = size;
      let range = await this.#cutter.next(file, this.#at, size, maxRecords);
      if (range.bytes === 0 && !range.more && !range.tooLong && this.#isOver()) {
        if (size === this.#at) {
          this.#follower.goOn();
          this.#moveTo(0);
          continue;
        }
        await file.identify(true);
        range = this.#cutter.tail(this.#at, size);
      }
      if (range.tooLong) {
        const { name, path, maxLineBytes } = this.#settings;
        return { ...this.#nothing(), last: true, error: tooLong(name, path, maxLineBytes, this.#at) };
      }
      return range.bytes === 0 ? { ...this.#nothing(), more: range.more } : this.#take(file, range);
    }
  }

  #take(file: FileGeneration, { bytes, records, long, load, more }: LineRange): CutAnswer {
    const { name, path, maxLineBytes, onLongLine } = this.#settings;
    const from = this.#at;
    const until = from + bytes;
    if (long > 0) {
      const what = onLongLine === 'skip' ? 'left out' : 'cut short';
      const message = `${name}: ${long} lines of more than ${maxLineBytes} bytes between bytes ${from} and ${until} of ${path} were ${what}.`;
      this.#opening?.report({ code: 'RECORDS_DROPPED', message, count: long, details: { path, from, until } });
    }
    this.#moveTo(until);
    return { cut: this.#cutOf(file, from, load, records), empty: false, more };
  }

  #nothing(): CutAnswer {
    return { cut: this.#cutOf(this.#follower.current, this.#at, 0, 0), empty: true };
  }

  /** The cut from a byte to where reading is now. */
  #cutOf(file: FileGeneration | undefined, from: number, load: number, records: number): Cut {
    const { topic } = this.#settings;
    const until = this.#at;
    const position = positionIn(file, until);
    const { at: _at, ...generation } = position;
    const data: FileCutData = { ...generation, from, until, load };
    const offsets = file?.id === undefined ? [] : [{ topic, partition: file.id, from, until }];
    return { data, records, position, offsets };
  }

  /** The file begins anew: it was truncated, or written over. */
  #truncated(file: FileGeneration, size: number): StreamError | undefined {
    const { name, path, onLost } = this.#settings;
    const details = { path, at: this.#at, size };
    const what = `${path} was truncated: byte ${this.#at} was reached, and now it has ${size} bytes and begins anew`;
    if (onLost === 'fail') {
      const advice = "Lines written just before may be lost. Rotate by renaming, or say onLost: 'restart'.";
      return lost(name, what, advice, details);
    }
    const unread = Math.max(0, this.#size - this.#at);
    const message = `${name}: ${what}; ${unread} bytes that had been seen were not read. Starts at its first byte.`;
    this.#opening?.report({ code: 'POSITION_RESET', message, count: unread, details });
    file.beginAnew();
    this.#moveTo(0);
    return undefined;
  }

  /** Whether the current file has been replaced and its writer has added nothing for a while. */
  #isOver(): boolean {
    if (!this.#follower.isReplaced || this.#opening === undefined) return false;
    const now = this.#opening.scheduler.now();
    this.#stillSince ??= now;
    return now - this.#stillSince >= this.#settings.rotationWaitMs;
  }

  #moveTo(at: number): void {
    this.#at = at;
    if (at === 0) {
      this.#size = 0;
      this.#stillSince = undefined;
    }
    this.#cutter.reset();
  }

  // ---- looking -----------------------------------------------------------------------------------------------------

  /** Looks at the file from time to time, for those who wait for it, and so that no rotation is missed. */
  #pollLater(opening: SourceOpening): void {
    if (this.#opening !== opening) return;
    this.#poll = opening.scheduler.schedule(() => {
      void this.#alone(async () => {
        await this.#look();
        const size = await this.#sizeNow();
        const hasMore = this.#follower.isReplaced || (size !== undefined && size !== this.#size);
        if (hasMore && this.#opening === opening) opening.wake();
      }).then(() => this.#pollLater(opening));
    }, this.#settings.pollIntervalMs);
  }

  /** Opens what has come to the path; answers whether it could. */
  async #look(): Promise<boolean> {
    try {
      await this.#follower.look();
      return true;
    } catch (error) {
      this.#trouble(error);
      return false;
    }
  }

  async #sizeNow(): Promise<number | undefined> {
    try {
      return await this.#follower.current?.size();
    } catch (error) {
      this.#trouble(error);
      return undefined;
    }
  }

  /** Says once that the file cannot be read for now; the next success ends it. */
  #trouble(error: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    const { name, path } = this.#settings;
    const message = `${name}: ${path} cannot be read for now (${reasonOf(error)}); tries again.`;
    this.#opening?.report({ code: 'SOURCE_UNAVAILABLE', message, cause: error });
  }

  /** One look at the file at a time. */
  #alone<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => {});
    return result;
  }
}
