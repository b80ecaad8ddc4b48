import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import type { RecordRun } from '../Source.ts';
import type { LoggedBlock } from './BlockLog.ts';
import type { Receiver } from './Receiver.ts';

/** A block that its receiver cannot make sense of. */
export interface UndecodableBlock {
  /** Its bytes, as they were stored. */
  readonly bytes: Uint8Array;
  /** The number of its first record. */
  readonly first: number;
  readonly records: number;
  readonly error: unknown;
}

/** What happens to such a block: an error, or what is left of it is left out, or handed to a function first. */
export type OnUndecodable = 'fail' | 'skip' | ((block: UndecodableBlock) => void);

/** What a run of blocks needs to know. */
export interface BlockRunSettings<T> {
  readonly name: string;
  readonly decode: Receiver<T>['decode'];
  readonly onUndecodable: OnUndecodable;
  /** So many records of a block were left out; told once for each block of a batch. */
  leftOut(records: number, block: UndecodableBlock): void;
}

/** The records of a cut, decoded while they are visited. */
export class BlockRun<T> implements RecordRun<T> {
  readonly #blocks: readonly LoggedBlock[];
  readonly #from: number;
  readonly #until: number;
  readonly #settings: BlockRunSettings<T>;
  readonly #told = new Set<number>();

  constructor(blocks: readonly LoggedBlock[], from: number, until: number, settings: BlockRunSettings<T>) {
    this.#blocks = blocks;
    this.#from = from;
    this.#until = until;
    this.#settings = settings;
  }

  run(visit: (record: T) => unknown): void {
    for (const block of this.#blocks) if (!this.#runBlock(block, visit)) return;
  }

  /** Answers `false` if the visitor has had enough. */
  #runBlock(block: LoggedBlock, visit: (record: T) => unknown): boolean {
    const { first, records } = block;
    const from = Math.max(this.#from, first);
    const until = Math.min(this.#until, first + records);
    let at = first;
    let isVisiting = false;
    let isStopped = false;
    const visitOne = (record: T): boolean => {
      const number = at++;
      if (number < from) return true;
      if (number >= until) return number === until && number === first + records ? tooMany() : false;
      isVisiting = true;
      isStopped = visit(record) === false;
      isVisiting = false;
      return !isStopped;
    };
    const tooMany = (): never => {
      throw new StreamError('DATA_CORRUPT', `expected ${records} records, got more`);
    };
    try {
      const decoded = this.#settings.decode(block.bytes);
      if ('run' in decoded) decoded.run(visitOne);
      else for (const record of decoded) if (!visitOne(record)) break;
      if (!isStopped && at < until)
        throw new StreamError('DATA_CORRUPT', `expected ${records} records, got ${at - first}`);
    } catch (error) {
      if (isVisiting) throw error;
      this.#undecodable({ ...block, error }, until - Math.max(from, Math.min(at, until)));
    }
    return !isStopped;
  }

  #undecodable(block: UndecodableBlock, leftOut: number): void {
    const { name, onUndecodable } = this.#settings;
    const { first, records, bytes, error } = block;
    if (onUndecodable === 'fail') {
      const what = `the block of ${bytes.length} bytes with the records ${first} to ${first + records - 1}`;
      throw new StreamError(
        isStreamError(error, 'DATA_CORRUPT') ? 'DATA_CORRUPT' : 'RECORD_UNDECODABLE',
        `${name}: ${what} cannot be decoded: ${reasonOf(error)}. Mend what decodes it, or say onUndecodable: 'skip', ` +
          'or give a function that keeps such blocks elsewhere.',
        { cause: error, details: { first, records, bytes: bytes.length } },
      );
    }
    if (this.#told.has(first)) return;
    this.#told.add(first);
    if (onUndecodable !== 'skip') onUndecodable(block);
    this.#settings.leftOut(leftOut, block);
  }
}
