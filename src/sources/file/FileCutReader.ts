import { StreamError } from '../../core/errors.ts';
import type { RecordRun, SourceReport } from '../Source.ts';
import type { Decoding } from '../text/decoding.ts';
import { NEWLINE } from '../text/lineEnds.ts';
import { type LineRules, visitLines } from '../text/visitLines.ts';
import type { FileFollower } from './FileFollower.ts';
import type { FileGeneration } from './FileGeneration.ts';
import { lost } from './fileErrors.ts';
import { type FileCutData, isAt } from './filePosition.ts';
import { findGenerations } from './findGenerations.ts';

/** How the bytes of a cut become lines. */
export interface FileReading {
  readonly name: string;
  readonly path: string;
  readonly decoding: Decoding;
  readonly skipsByteOrderMark: boolean;
  readonly maxLineBytes: number;
  readonly onLongLine: 'fail' | 'skip' | 'truncate';
  readonly onInvalid: 'replace' | 'fail';
  readonly onLost: 'fail' | 'restart';
}

/** Gives the lines of a cut: its bytes are loaded once, and decoded each time they are visited. */
export class FileCutReader {
  readonly #reading: FileReading;
  readonly #follower: FileFollower;
  readonly #lines: LineRules;

  constructor(reading: FileReading, follower: FileFollower) {
    const { decoding, maxLineBytes, onLongLine } = reading;
    this.#reading = reading;
    this.#follower = follower;
    this.#lines = { ends: NEWLINE, decoding, maxLineBytes, longLine: onLongLine === 'truncate' ? 'truncate' : 'skip' };
  }

  async read(cut: FileCutData, report: (report: SourceReport) => void): Promise<RecordRun<string>> {
    const bytes = cut.load === 0 ? Buffer.alloc(0) : await this.#load(cut, report);
    const { name, path, decoding, onInvalid, skipsByteOrderMark } = this.#reading;
    const from = skipsByteOrderMark && cut.from === 0 ? byteOrderMark(bytes) : 0;
    const where = `bytes ${cut.from} to ${cut.until} of ${path}`;
    if (onInvalid === 'fail' && !decoding.isValid(bytes, from, bytes.length)) {
      throw new StreamError(
        'RECORD_UNDECODABLE',
        `${name}: ${where} hold a line that is not valid text. Name the right encoding, or say onInvalid: 'replace'.`,
        { details: { path, ...cut } },
      );
    }
    let reported = false;
    return {
      run: (visit) => {
        const { invalid } = visitLines(bytes, from, bytes.length, this.#lines, visit);
        if (invalid === 0 || reported) return;
        reported = true;
        const message = `${name}: ${where} hold ${invalid} lines that are not valid text; U+FFFD stands for what could not be read.`;
        report({ code: 'RECORD_UNDECODABLE', message, count: invalid, details: { path, ...cut } });
      },
    };
  }

  async #load(cut: FileCutData, report: (report: SourceReport) => void): Promise<Buffer> {
    const { name, path, onLost } = this.#reading;
    const bytes = await this.#loadIfThere(cut);
    if (bytes !== undefined) return bytes;
    const details = { path, ...cut };
    const what = `bytes ${cut.from} to ${cut.until} of a batch that is not done are gone: ${path} was truncated or deleted`;
    if (onLost === 'fail') {
      throw lost(name, what, "Bring the file back, or say onLost: 'restart' to go on without them.", details);
    }
    report({ code: 'RECORDS_DROPPED', message: `${name}: ${what}.`, count: cut.until - cut.from, details });
    return Buffer.alloc(0);
  }

  /** All bytes of the cut, or nothing if its file is not there any more as it was. */
  async #loadIfThere(cut: FileCutData): Promise<Buffer | undefined> {
    const { name, path } = this.#reading;
    const isWanted = (file: FileGeneration): boolean => isAt(cut, file);
    const open = this.#follower.find(isWanted);
    const found: FileGeneration[] = [];
    try {
      if (open === undefined) found.push(...(await findGenerations(path, isWanted, cut.ino)));
      const file = open ?? found[0];
      const bytes = await file?.read(cut.from, cut.from + cut.load);
      // Looked at after the bytes: they are what they were if the file still begins as it did.
      return bytes?.length === cut.load && (await file?.isSame()) ? bytes : undefined;
    } catch (error) {
      throw new StreamError('SOURCE_UNAVAILABLE', `${name}: ${path} cannot be read.`, {
        cause: error,
        retriable: true,
      });
    } finally {
      await Promise.all(found.map((one) => one.close()));
    }
  }
}

function byteOrderMark(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
