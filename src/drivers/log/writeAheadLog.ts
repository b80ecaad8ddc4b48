import { resolve } from 'node:path';
import type { SchedulerLike } from 'rxjs';
import { optionsArgument, refuse, textArgument, truth, wholeNumber } from '../../core/arguments.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import type { LogContents, LoggedBlock, LogReport, NewBlock, TakeLimit } from './LogBlock.ts';
import { LogLife } from './LogLife.ts';
import { blockTooBig, logClosed, logFull, queueFull } from './logErrors.ts';
import { blockBytes } from './newBlockFrame.ts';
import { type OpenLogOptions, openLog } from './openLog.ts';

const MIB = 1 << 20;
/** Blocks that wait for the disk have at most so many bytes together; one may always wait. */
const QUEUE_BYTES = 64 * MIB;
/** Places in a segment are remembered as 32 bits. */
const MOST = 1 << 30;

/** Options of {@link writeAheadLog}. */
export interface WriteAheadLogOptions {
  /** One for each receiver, relative to the working directory, on a disk that outlives the process. Made when missing. */
  readonly folder: string;
  /** How many bytes of blocks that have not settled yet it may hold. On disk it takes up to two segments more. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** From this size on a new file is begun, at most `maxBytes`; a file goes when all its records have settled. Default 64 MiB, or an eighth of `maxBytes` if that is less. */
  readonly segmentBytes?: number | undefined;
  /** How big one block may be, at most `maxBytes`. Default 64 MiB, or `maxBytes` if that is less. */
  readonly maxBlockBytes?: number | undefined;
  /**
   * How many bytes of what was written last are kept in memory too, until they are read for the first time: a batch that follows closely does not wait
   * for the disk. Default 32 MiB; 0: none.
   */
  readonly recentBytes?: number | undefined;
  /** `'never'`: an answer does not wait for the disk, so it is safe from a killed process, but not from a loss of power. Default `'always'`. */
  readonly sync?: 'always' | 'never' | undefined;
  /**
   * Take the folder from an owner that still runs, or of which that cannot be known: it can write no more. For the one start after you have made
   * sure. Default `false`.
   */
  readonly takeOver?: boolean | undefined;
}

/** A write-ahead log in a folder. See docs/write-ahead-log.md for what it promises, and docs/decisions/0062 for how. */
export function writeAheadLog(options: WriteAheadLogOptions): WriteAheadLog {
  return new WriteAheadLog(options);
}

/** See {@link writeAheadLog}. */
export class WriteAheadLog {
  readonly name: string;
  readonly durable = true;
  readonly maxBytes: number;
  readonly maxBlockBytes: number;
  readonly #options: OpenLogOptions;
  #life: LogLife | undefined;

  constructor(options: WriteAheadLogOptions) {
    optionsArgument('writeAheadLog', options, "{ folder: './log' }");
    knownOptions('writeAheadLog', options, OPTIONS);
    const { folder, maxBytes = 1024 * MIB, sync = 'always', takeOver = false } = options;
    textArgument('writeAheadLog(folder)', folder);
    this.maxBytes = wholeNumber('writeAheadLog(maxBytes)', maxBytes, 1);
    const recentBytes = wholeNumber('writeAheadLog(recentBytes)', options.recentBytes ?? 32 * MIB, 0);
    const { segmentBytes = Math.min(64 * MIB, Math.ceil(maxBytes / 8)), maxBlockBytes = Math.min(64 * MIB, maxBytes) } =
      options;
    sizeArgument('segmentBytes', segmentBytes, maxBytes);
    if (sync !== 'always' && sync !== 'never') refuse('writeAheadLog(sync)', "'always' or 'never'", sync);
    truth('writeAheadLog(takeOver)', takeOver);
    this.maxBlockBytes = sizeArgument('maxBlockBytes', maxBlockBytes, maxBytes);
    this.#options = { folder: resolve(folder), segmentBytes, recentBytes, sync: sync === 'always', takeOver };
    this.name = `the log in the folder ${folder}`;
  }

  get bytes(): number {
    return this.#life?.bytes ?? 0;
  }

  hasRoom(bytes: number): boolean {
    return this.#life !== undefined && this.#whyNot(this.#life, bytes) === undefined;
  }

  /** Reads and checks all of it. The scheduler is not needed: no clock is asked. */
  async open(_scheduler: SchedulerLike, report: (report: LogReport) => void): Promise<LogContents> {
    const opened = await openLog(this.#options, report);
    this.#life = new LogLife(opened, report);
    const { id, index, note } = opened;
    return {
      id,
      first: index.trimmed,
      next: index.next,
      note: note === undefined ? undefined : (JSON.parse(note) as unknown),
    };
  }

  async append(block: NewBlock): Promise<number> {
    const life = this.#opened();
    const why = this.#whyNot(life, blockBytes(block));
    if (why !== undefined) throw why;
    return life.append(block);
  }

  take(from: number, limit: TakeLimit): number {
    return this.#opened().take(from, limit);
  }

  async read(from: number, until: number): Promise<readonly LoggedBlock[]> {
    return this.#opened().read(from, until);
  }

  trim(until: number): Promise<void> | undefined {
    return this.#opened().trim(until);
  }

  async close(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    await life?.close();
  }

  #whyNot(life: LogLife, bytes: number): Error | undefined {
    if (bytes > this.maxBlockBytes) return blockTooBig(this.name, bytes, this.maxBlockBytes);
    if (life.bytes + bytes > this.maxBytes) return logFull(this.name, bytes, life.bytes, this.maxBytes);
    const waiting = life.waitingBytes;
    return waiting > 0 && waiting + bytes > QUEUE_BYTES ? queueFull(this.name, bytes, waiting, QUEUE_BYTES) : undefined;
  }

  #opened(): LogLife {
    if (this.#life === undefined) throw logClosed(this.name);
    return this.#life;
  }
}

function sizeArgument(option: string, value: number, maxBytes: number): number {
  wholeNumber(`writeAheadLog(${option})`, value, 1);
  if (value > MOST) refuse(`writeAheadLog(${option})`, `at most ${MOST} (1 GiB)`, value);
  return value <= maxBytes ? value : refuse(`writeAheadLog(${option})`, `at most maxBytes (${maxBytes})`, value);
}

const OPTIONS: Readonly<Record<keyof WriteAheadLogOptions, true>> = {
  folder: true,
  maxBytes: true,
  segmentBytes: true,
  maxBlockBytes: true,
  recentBytes: true,
  sync: true,
  takeOver: true,
};
