import { join } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import type { SourceReport } from '../Source.ts';
import { HeldBytes } from '../text/HeldBytes.ts';
import type { ChosenFile, Flaw, Piece } from './directoryPosition.ts';
import { type ByteReader, FileGone } from './FileBytes.ts';
import type { FileFormat } from './FileFormat.ts';
import { bigFile, type FaultRules, isAway, lostFile, type Verdict } from './fileFaults.ts';
import { GunzipBytes, GzipDamage } from './GunzipBytes.ts';
import { type Decompression, isPacked, openPacked } from './openPacked.ts';
import type { UnpackedAhead } from './UnpackedAhead.ts';

const CHUNK_BYTES = 256 * 1024;

/** The limits of a cut of files. */
export interface CutRules extends FaultRules {
  readonly decompress: Decompression;
  readonly maxFilesPerBatch: number;
}

/** What a batch takes of the files that wait. */
export interface Taken {
  readonly pieces: readonly Piece[];
  /** Files that are in this batch to their ends, or will never be. */
  readonly files: number;
  /** How far the file after them has been taken. */
  readonly at: number;
  /** Records, where they were counted in all pieces. */
  readonly records: number | undefined;
  /** A file that could not be looked at, for now: it comes first next time. */
  readonly trouble?: { readonly path: string; readonly error: unknown };
  /** What ends the stream after this batch; the file that it concerns is still waiting. */
  readonly failure?: StreamError;
  /** What is to be told about files that were left out. */
  readonly reports: readonly SourceReport[];
}

/** What is left of the limits. */
interface Room {
  readonly bytes: number;
  readonly records: number;
  /** The batch is empty so far: what does not fit now never will. */
  readonly isWhole: boolean;
}

/** One file's part. */
interface Step {
  readonly until: number;
  /** Where it goes on; nothing: it is done. */
  readonly next?: number;
  readonly records: number | undefined;
  readonly flaw?: Flaw;
  readonly left?: SourceReport;
}

/**
 * Fills batches from waiting files. A file that is not compressed and fits whole is not opened; where records have to be
 * counted or a file has to be divided, it is read in chunks; what had to be unpacked for that is kept for the read.
 */
export class DirectoryCutter {
  readonly #rules: CutRules;
  readonly #format: FileFormat<unknown>;
  readonly #ahead: UnpackedAhead;
  /** The file that was divided last, so that the next cut goes on in it. */
  #open: { readonly file: ChosenFile; readonly bytes: ByteReader } | undefined;

  constructor(rules: CutRules, format: FileFormat<unknown>, ahead: UnpackedAhead) {
    this.#rules = rules;
    this.#format = format;
    this.#ahead = ahead;
  }

  /** `from`: how far the first of the waiting files has been taken before. */
  async take(waiting: readonly ChosenFile[], from: number, maxRecords: number, signal: AbortSignal): Promise<Taken> {
    const { maxBytesPerBatch, maxFilesPerBatch } = this.#rules;
    const pieces: Piece[] = [];
    this.#ahead.clear();
    // A record has a byte at least: a limit above that of the bytes is none, and nothing has to be counted.
    const isBound = maxRecords < maxBytesPerBatch || this.#format.keepsEmpty;
    let room: Room = {
      bytes: maxBytesPerBatch,
      records: isBound ? maxRecords : Number.POSITIVE_INFINITY,
      isWhole: true,
    };
    const reports: SourceReport[] = [];
    let at = from;
    let records: number | undefined = 0;
    const taken = (files: number): Taken => ({ pieces, files, at, records, reports });
    for (const [files, file] of waiting.entries()) {
      if (room.bytes <= 0 || room.records <= 0 || pieces.length >= maxFilesPerBatch) return taken(files);
      let step: Step | undefined;
      try {
        // No promise for each of ten thousand files that fit.
        step = this.#measured(file, at, room) ?? (await this.#scanned(file, at, room, signal));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof StreamError) return { ...taken(files), failure: error };
        return { ...taken(files), trouble: { path: this.#pathOf(file), error } };
      }
      if (step === undefined) return taken(files);
      if (step.left !== undefined) reports.push(step.left);
      const piece = this.#pieceOf(file, at, step);
      if (piece !== undefined) pieces.push(piece);
      records = records === undefined || step.records === undefined ? undefined : records + step.records;
      room = {
        bytes: room.bytes - (step.until - at),
        records: room.records - (step.records ?? 0),
        isWhole: pieces.length === 0,
      };
      at = step.next ?? 0;
      if (step.next !== undefined) return taken(files);
    }
    return taken(waiting.length);
  }

  async close(): Promise<void> {
    const bytes = this.#open?.bytes;
    this.#open = undefined;
    await bytes?.close();
  }

  #pathOf([name]: ChosenFile): string {
    return join(this.#rules.base, name);
  }

  #pieceOf(file: ChosenFile, from: number, { until, flaw, next, left }: Step): Piece | undefined {
    if (left !== undefined) return undefined;
    if (flaw !== undefined) return [...file, from, until, flaw];
    const [, size] = file;
    if (until === from && (next !== undefined || !this.#format.keepsEmpty)) return undefined;
    return from === 0 && until === size && !isPacked(file, this.#rules.decompress) ? file : [...file, from, until];
  }

  /** A part that is known without opening the file. */
  #measured(file: ChosenFile, at: number, room: Room): Step | undefined {
    if (isPacked(file, this.#rules.decompress)) return undefined;
    const [, size] = file;
    const fits = this.#format.measure(size - at, room.bytes, room.records);
    if (fits === undefined) return undefined;
    const until = at + fits.bytes;
    return until < size ? { until, next: until, records: fits.records } : { until, records: fits.records };
  }

  /** A part that is found by reading; nothing if the next batch has to take it. */
  async #scanned(file: ChosenFile, from: number, room: Room, signal: AbortSignal): Promise<Step | undefined> {
    const isPlain = !isPacked(file, this.#rules.decompress);
    // A file that fits a batch of its own is not divided to fill this one.
    const rest = file[1] - from;
    if (isPlain && !room.isWhole && rest > room.bytes && rest <= this.#rules.maxBytesPerBatch) return undefined;
    let at = from;
    try {
      const bytes = await this.#bytesOf(file);
      const limit = from + room.bytes;
      if (isPlain && this.#format.endsByLook === true && room.records === Number.POSITIVE_INFINITY) {
        const until = await this.#lookBefore(Math.min(limit, file[1]), from, bytes);
        if (until > from) return { until, next: until, records: undefined };
      }
      const scan = this.#format.scan(room.records);
      const unpacked = isPlain ? undefined : new HeldBytes();
      let isOver = isPlain && at >= file[1];
      while (!isOver && !scan.ended && at < limit) {
        signal.throwIfAborted();
        const chunk = await bytes.read(at, Math.min(at + CHUNK_BYTES, limit));
        scan.push(chunk);
        unpacked?.add(chunk, 0, chunk.length);
        at += chunk.length;
        isOver = chunk.length === 0 || (isPlain && at >= file[1]);
      }
      if (isOver && !scan.ended) scan.end();
      const until = from + scan.until;
      const isDone = isOver && until === at;
      if (unpacked !== undefined && (isDone || scan.until > 0)) {
        const all = unpacked.take();
        this.#ahead.keep(file, from, all.subarray(0, scan.until));
        if (!isDone && bytes instanceof GunzipBytes) bytes.unread(all.subarray(scan.until));
      }
      if (isDone) {
        await this.close();
        return { until, records: scan.records };
      }
      if (scan.until > 0) return { until, next: until, records: scan.records };
      return room.isWhole ? await this.#oversized(file, bytes, from) : undefined;
    } catch (error) {
      if (!(error instanceof GzipDamage) && !(error instanceof FileGone)) throw error;
      await this.close();
      if (error instanceof GzipDamage) return { until: at, records: undefined, flaw: 'damaged' };
      if (await isAway(this.#rules)) throw error;
      return leftOut(lostFile(this.#rules, this.#pathOf(file), error), from);
    }
  }

  /** Where records end right before `limit`, if they do in the last chunk before it. */
  async #lookBefore(limit: number, from: number, bytes: ByteReader): Promise<number> {
    const start = Math.max(from, limit - CHUNK_BYTES);
    const scan = this.#format.scan(Number.POSITIVE_INFINITY);
    scan.push(await bytes.read(start, limit));
    return scan.until > 0 ? start + scan.until : from;
  }

  /** A record without room in any batch. */
  async #oversized(file: ChosenFile, bytes: ByteReader, from: number): Promise<Step> {
    const read = (at: number): Promise<Buffer> => bytes.read(from + at, from + at + CHUNK_BYTES);
    const path = this.#pathOf(file);
    const found = await this.#format.oversized?.(read, { path, from });
    if (found !== undefined) return { until: from + found.load, next: from + found.bytes, records: undefined };
    await this.close();
    return leftOut(bigFile(this.#rules, path), from);
  }

  async #bytesOf(file: ChosenFile): Promise<ByteReader> {
    const [name] = file;
    if (this.#open?.file[0] === name) return this.#open.bytes;
    await this.close();
    const bytes = await openPacked(this.#pathOf(file), file, this.#rules.decompress);
    this.#open = { file, bytes };
    return bytes;
  }
}

/** No part of a file, or the error that it is. */
function leftOut(verdict: Verdict, at: number): Step {
  if ('error' in verdict) throw verdict.error;
  return { until: at, records: 0, left: verdict.report };
}
