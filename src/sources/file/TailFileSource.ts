import type { SchedulerLike, Subscription } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening } from '../Source.ts';
import type { Decoding } from '../text/decoding.ts';
import { NEWLINE } from '../text/lineEnds.ts';
import { type LineRules, visitLines } from '../text/visitLines.ts';
import { FileCutter, type FileLimits, type LineRange } from './FileCutter.ts';
import { FileFollower } from './FileFollower.ts';
import type { FileGeneration } from './FileGeneration.ts';
import { type FileCutData, type FilePosition, isAt, positionIn } from './filePosition.ts';
import { findGenerations } from './findGenerations.ts';
import { type StartOptions, startOfFile } from './startOfFile.ts';

/** The options of `tailFile`, with every default filled in. */
export interface TailFileSettings extends FileLimits, StartOptions {
  readonly name: string;
  readonly decoding: Decoding;
  readonly skipsByteOrderMark: boolean;
  readonly onInvalid: 'replace' | 'fail';
  readonly onMissing: 'wait' | 'fail';
  readonly pollIntervalMs: number;
  readonly rotationWaitMs: number;
}

/** @internal The contract's side of `tailFile`. */
export class TailFileSource implements Source<string> {
  readonly name: string;
  readonly replayable = true;
  readonly wakes = true;
  readonly startsFrom?: { readonly name: string };
  readonly #settings: TailFileSettings;
  readonly #lines: LineRules;
  readonly #follower: FileFollower;
  readonly #cutter: FileCutter;
  #opening!: SourceOpening;
  #at = 0;
  /** The size that the last look at the current file found. */
  #size = 0;
  /** Since when the replaced file has had that size. */
  #stillSince: number | undefined;
  #isTroubled = false;
  #busy: Promise<unknown> = Promise.resolve();
  #poll: Subscription | undefined;
  #isOpen = false;

  constructor(settings: TailFileSettings) {
    const { name, path, offsets, decoding, maxLineBytes, onLongLine } = settings;
    this.name = name;
    if (offsets !== undefined) this.startsFrom = offsets;
    this.#settings = settings;
    this.#lines = { ends: NEWLINE, decoding, maxLineBytes, longLine: onLongLine === 'truncate' ? 'truncate' : 'skip' };
    this.#follower = new FileFollower(path);
    this.#cutter = new FileCutter(settings);
  }

  async open(opening: SourceOpening): Promise<void> {
    this.#opening = opening;
    const { path, name, onMissing } = this.#settings;
    const start = await startOfFile(this.#settings, opening.position as FilePosition | undefined).catch((error) => {
      throw error instanceof StreamError ? error : failed(name, path, error);
    });
    this.#follower.start(start.files);
    this.#moveTo(0);
    this.#moveTo(start.at);
    this.#isOpen = true;
    if (start.report !== undefined) opening.report(start.report);
    if (start.files.length === 0) {
      if (onMissing === 'fail') throw failed(name, path, new Error('it does not exist'));
      opening.report({ code: 'SOURCE_UNAVAILABLE', message: `${name}: ${path} does not exist yet; waits for it.` });
    }
    this.#pollLater(opening.scheduler);
  }

  cut(_time: number, { maxRecords }: CutLimit): Promise<CutAnswer> {
    return this.#alone(async () => {
      try {
        const answer = await this.#plan(maxRecords);
        this.#isTroubled = false;
        return answer;
      } catch (error) {
        this.#trouble(error);
        return this.#nothing();
      }
    });
  }

  async read(cut: Cut): Promise<RecordRun<string>> {
    const data = cut.data as FileCutData;
    const bytes = data.load === 0 ? Buffer.alloc(0) : await this.#load(data);
    const { name, decoding, onInvalid, skipsByteOrderMark } = this.#settings;
    const from = skipsByteOrderMark && data.from === 0 ? byteOrderMark(bytes) : 0;
    if (onInvalid === 'fail' && !decoding.isValid(bytes, from, bytes.length)) {
      const where = `bytes ${data.from} to ${data.until} of ${this.#settings.path}`;
      throw new StreamError(
        'RECORD_UNDECODABLE',
        `${name}: ${where} hold a line that is not valid text. Name the right encoding, or say onInvalid: 'replace'.`,
        { details: { ...data } },
      );
    }
    let reported = false;
    return {
      run: (visit) => {
        const { invalid } = visitLines(bytes, from, bytes.length, this.#lines, visit);
        if (invalid === 0 || reported) return;
        reported = true;
        const message = `${name}: ${invalid} lines between bytes ${data.from} and ${data.until} are not valid text; U+FFFD stands for what could not be read.`;
        this.#opening.report({ code: 'RECORD_UNDECODABLE', message, count: invalid, details: { ...data } });
      },
    };
  }

  settled(cut: Cut): Promise<void> | undefined {
    const data = cut.data as FileCutData;
    if (!this.#follower.keeps) return undefined;
    return this.#alone(() => this.#follower.closeBefore((file) => isAt(data, file)));
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#poll?.unsubscribe();
    return this.#alone(() => this.#follower.close());
  }

  async #plan(maxRecords: number): Promise<CutAnswer> {
    await this.#follower.look();
    for (;;) {
      const file = this.#follower.current;
      if (file === undefined) return this.#nothing();
      const size = await file.size();
      await file.identify(this.#follower.isReplaced);
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
        range = this.#cutter.tail(this.#at, size);
      }
      if (range.tooLong) return { ...this.#nothing(), last: true, error: this.#tooLong() };
      return range.bytes === 0 ? { ...this.#nothing(), more: range.more } : this.#take(file, range);
    }
  }

  #take(file: FileGeneration, { bytes, records, long, load, more }: LineRange): CutAnswer {
    const { name, topic, path, maxLineBytes, onLongLine } = this.#settings;
    const from = this.#at;
    const until = from + bytes;
    if (long > 0) {
      const what = onLongLine === 'skip' ? 'left out' : 'cut short';
      const message = `${name}: ${long} lines of more than ${maxLineBytes} bytes between bytes ${from} and ${until} of ${path} were ${what}.`;
      this.#opening.report({ code: 'RECORDS_DROPPED', message, count: long, details: { path, from, until } });
    }
    this.#moveTo(until);
    const position = positionIn(file, until);
    const data: FileCutData = { ...position, from, until, load } as FileCutData;
    return {
      cut: {
        data,
        records,
        position,
        offsets: file.id === undefined ? [] : [{ topic, partition: file.id, from, until }],
      },
      empty: false,
      more,
    };
  }

  #nothing(): CutAnswer {
    const file = this.#follower.current;
    const position = positionIn(file, this.#at);
    const data: FileCutData = { ...position, from: this.#at, until: this.#at, load: 0 } as FileCutData;
    const { topic } = this.#settings;
    const offsets = file?.id === undefined ? [] : [{ topic, partition: file.id, from: this.#at, until: this.#at }];
    return { cut: { data, records: 0, position, offsets }, empty: true };
  }

  /** The file begins anew: it was truncated, or written over. */
  #truncated(file: FileGeneration, size: number): StreamError | undefined {
    const { name, path, onLost } = this.#settings;
    const details = { path, at: this.#at, size };
    const what = `${path} was truncated: byte ${this.#at} was reached, and now it has ${size} bytes and begins anew`;
    if (onLost === 'fail') {
      const advice = "Lines written just before may be lost. Rotate by renaming, or say onLost: 'restart'.";
      return new StreamError('DATA_LOST', `${name}: ${what}. ${advice}`, { details });
    }
    const unread = Math.max(0, this.#size - this.#at);
    const message = `${name}: ${what}; ${unread} bytes that had been seen were not read. Starts at its first byte.`;
    this.#opening.report({ code: 'POSITION_RESET', message, count: unread, details });
    file.beginAnew();
    this.#moveTo(0);
    return undefined;
  }

  /** Whether the current file has been replaced and its writer has added nothing for a while. */
  #isOver(): boolean {
    if (!this.#follower.isReplaced) return false;
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

  #tooLong(): StreamError {
    const { name, path, maxLineBytes } = this.#settings;
    return new StreamError(
      'DATA_CORRUPT',
      `${name}: expected lines of at most ${maxLineBytes} bytes, got a longer one at byte ${this.#at} of ${path}. ` +
        "Raise maxLineBytes, or say onLongLine: 'skip' or 'truncate'.",
      { details: { path, at: this.#at } },
    );
  }

  async #load(data: FileCutData): Promise<Buffer> {
    const { name, path, onLost } = this.#settings;
    const isWanted = (file: FileGeneration) => isAt(data, file);
    try {
      let file = this.#follower.find(isWanted);
      const found = file === undefined ? await findGenerations(path, isWanted, data.ino) : [];
      file ??= found[0];
      const bytes = await file?.read(data.from, data.from + data.load);
      const isWhole = bytes?.length === data.load && (await file?.isSame());
      await Promise.all(found.map((one) => one.close()));
      if (bytes !== undefined && isWhole === true) return bytes;
    } catch (error) {
      throw new StreamError('SOURCE_UNAVAILABLE', `${name}: ${path} cannot be read.`, {
        cause: error,
        retriable: true,
      });
    }
    const what = `bytes ${data.from} to ${data.until} of a batch that is not done are gone: ${path} was truncated or deleted`;
    if (onLost === 'fail') {
      const advice = "Bring the file back, or say onLost: 'restart' to go on without them.";
      throw new StreamError('DATA_LOST', `${name}: ${what}. ${advice}`, { details: { path, ...data } });
    }
    const message = `${name}: ${what}.`;
    this.#opening.report({
      code: 'RECORDS_DROPPED',
      message,
      count: data.until - data.from,
      details: { path, ...data },
    });
    return Buffer.alloc(0);
  }

  /** Looks at the file from time to time, for those who wait for it, and so that no rotation is missed. */
  #pollLater(scheduler: SchedulerLike): void {
    if (!this.#isOpen) return;
    this.#poll = scheduler.schedule(() => {
      void this.#alone(async () => {
        try {
          await this.#follower.look();
          const size = await this.#follower.current?.size();
          if (this.#follower.isReplaced || (size !== undefined && size !== this.#size)) this.#opening.wake();
        } catch (error) {
          this.#trouble(error);
        }
      }).then(() => this.#pollLater(scheduler));
    }, this.#settings.pollIntervalMs);
  }

  /** Says once that the file cannot be read for now; the next success ends it. */
  #trouble(error: unknown): void {
    if (this.#isTroubled || !this.#isOpen) return;
    this.#isTroubled = true;
    const { name, path } = this.#settings;
    const message = `${name}: ${path} cannot be read for now (${reason(error)}); tries again.`;
    this.#opening.report({ code: 'SOURCE_UNAVAILABLE', message, cause: error });
  }

  /** One look at the file at a time. */
  #alone<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => {});
    return result;
  }
}

function failed(name: string, path: string, error: unknown): StreamError {
  return new StreamError('SOURCE_FAILED', `${name}: expected a readable file at ${path}, but ${reason(error)}.`, {
    cause: error,
    details: { path },
  });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function byteOrderMark(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
