import { join } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import type { Cut, RecordRun, SourceReport } from '../Source.ts';
import {
  type ChosenFile,
  type DirectoryCut,
  type DirectoryPosition,
  type OpenedPiece,
  openedPiece,
} from './directoryPosition.ts';
import { FileBytes, FileGone } from './FileBytes.ts';
import type { FileFormat, PiecePlace } from './FileFormat.ts';
import { type FaultRules, isAway, lostFile } from './fileFaults.ts';
import { GunzipBytes, GzipDamage } from './GunzipBytes.ts';
import { inLanes } from './inLanes.ts';
import { type Decompression, openPacked } from './openPacked.ts';
import type { UnpackedAhead } from './UnpackedAhead.ts';

/** Files read at a time. */
const WIDTH = 8;

/** What to do with files that cannot be read as they were selected. */
export interface ReadRules extends FaultRules {
  readonly decompress: Decompression;
  /** Damaged, or not a multiple of the record length. */
  readonly onCorrupt: 'fail' | 'skip';
}

interface Loaded {
  readonly bytes: Buffer;
  readonly place: PiecePlace;
}

type Report = (report: SourceReport) => void;

/** Loads the files of a cut, and gives their records each time they are visited. */
export class PieceReader<T> {
  readonly #rules: ReadRules;
  readonly #format: FileFormat<T>;
  readonly #ahead: UnpackedAhead;
  /** The compressed file whose first part was read last: its next part goes on there. */
  #unpacking: { readonly file: ChosenFile; readonly bytes: GunzipBytes } | undefined;

  constructor(rules: ReadRules, format: FileFormat<T>, ahead: UnpackedAhead) {
    this.#rules = rules;
    this.#format = format;
    this.#ahead = ahead;
  }

  async read(cut: Cut, report: Report, signal: AbortSignal): Promise<RecordRun<T>> {
    const { pieces } = cut.data as DirectoryCut;
    const found: (Loaded | undefined)[] = new Array(pieces.length);
    const goesOn = ((cut.position as DirectoryPosition | undefined)?.at ?? 0) > 0;
    await inLanes(pieces, WIDTH, async (piece, at) => {
      signal.throwIfAborted();
      found[at] = await this.#load(openedPiece(piece), goesOn && at === pieces.length - 1, report);
    });
    if (!goesOn) await this.close();
    const loaded = found.filter((one) => one !== undefined);
    for (const { bytes, place } of loaded) this.#format.check(bytes, place);
    return this.#runOf(loaded, report);
  }

  async close(): Promise<void> {
    const bytes = this.#unpacking?.bytes;
    this.#unpacking = undefined;
    await bytes?.close();
  }

  #runOf(loaded: readonly Loaded[], report: Report): RecordRun<T> {
    const told = new Set<Loaded>();
    return {
      run: (visit) => {
        let isOver = false;
        const visitOne = (record: T): unknown => {
          const answer = visit(record);
          if (answer === false) isOver = true;
          return answer;
        };
        for (const one of loaded) {
          const isNew = !told.has(one);
          this.#format.visit(one.bytes, one.place, visitOne, (said) => {
            if (isNew) report({ ...said, details: { path: one.place.path, from: one.place.from } });
            told.add(one);
          });
          if (isOver) return;
        }
      },
    };
  }

  /** The bytes of one piece; nothing if it is left out. */
  async #load(piece: OpenedPiece, goesOn: boolean, report: Report): Promise<Loaded | undefined> {
    const { file, from, flaw } = piece;
    const place: PiecePlace = { path: join(this.#rules.base, file[0]), name: file[0], modifiedMs: file[2], from };
    let bytes: Buffer;
    try {
      bytes = await this.#bytes(piece, place, goesOn, report);
    } catch (error) {
      if (error instanceof FileGone && !(await isAway(this.#rules))) return this.#lost(place, error, report);
      if (error instanceof GzipDamage) return this.#corrupt(Buffer.alloc(0), place, error.message, report);
      throw new StreamError('SOURCE_UNAVAILABLE', `${this.#rules.name}: ${place.path} cannot be read.`, {
        cause: error,
        retriable: true,
        details: { path: place.path },
      });
    }
    const isDamaged = flaw === 'damaged' || bytes.length < piece.until - from;
    const damage = isDamaged
      ? `its compressed bytes are damaged or cut off after byte ${from + bytes.length} of what it unpacks to`
      : this.#format.flaw(bytes, place);
    return damage === undefined ? { bytes, place } : this.#corrupt(bytes, place, damage, report);
  }

  async #bytes(
    { file, from, until }: OpenedPiece,
    { path }: PiecePlace,
    goesOn: boolean,
    report: Report,
  ): Promise<Buffer> {
    const unpacked = this.#ahead.take(file, from, until);
    if (unpacked !== undefined) return unpacked;
    const opened = await this.#opened(path, file, from);
    let isKept = false;
    try {
      const bytes = await opened.read(from, until);
      if (opened instanceof GunzipBytes && goesOn) {
        isKept = true;
        await this.close();
        this.#unpacking = { file, bytes: opened };
      }
      if (opened instanceof FileBytes && bytes.length < until - from) {
        throw new FileGone(`${path} was cut off while it was read`);
      }
      if (opened.grown > 0 && from === 0) {
        const message =
          `${this.#rules.name}: ${path} has grown by ${opened.grown} bytes since it was selected, which are not read. ` +
          'Write files elsewhere and rename them into the directory.';
        report({ code: 'RECORDS_DROPPED', message, count: opened.grown, details: { path } });
      }
      return bytes;
    } finally {
      if (!isKept) await opened.close();
    }
  }

  async #opened(path: string, file: ChosenFile, from: number): Promise<FileBytes | GunzipBytes> {
    const kept = this.#unpacking;
    if (kept !== undefined && kept.bytes.at <= from && String(kept.file) === String(file)) {
      this.#unpacking = undefined;
      return kept.bytes;
    }
    return openPacked(path, file, this.#rules.decompress);
  }

  #lost({ path }: PiecePlace, error: FileGone, report: Report): undefined {
    const verdict = lostFile(this.#rules, path, error);
    if ('error' in verdict) throw verdict.error;
    report(verdict.report);
    return undefined;
  }

  #corrupt(bytes: Buffer, place: PiecePlace, damage: string, report: Report): Loaded | undefined {
    const { name, onCorrupt } = this.#rules;
    const { path, from } = place;
    const details = { path, at: from + bytes.length };
    if (onCorrupt === 'fail') {
      const advice = "Bring a whole file, or say onCorrupt: 'skip' to go on with the whole records before.";
      throw new StreamError('DATA_CORRUPT', `${name}: ${path}: ${damage}. ${advice}`, { details });
    }
    const kept = bytes.subarray(0, this.#format.wholeUntil(bytes));
    const message = `${name}: ${path}: ${damage}; what comes after byte ${from + kept.length} is left out.`;
    report({ code: 'DATA_CORRUPT', message, details });
    return kept.length === 0 ? undefined : { bytes: kept, place };
  }
}
