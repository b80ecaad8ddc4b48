import { refuse, textArgument, truth } from '../../core/arguments.ts';
import { StreamError } from '../../core/errors.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { Cut, CutAnswer, CutLimit, Source, SourceObservable, SourceOpening } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { dequeued, iterated, Shelf } from './Shelf.ts';

/** What {@link queue} takes: each element holds the records of a batch. */
export type QueuedBatches<T> = readonly (readonly T[])[] | Iterable<Iterable<T>>;

/** Options of {@link queue}. */
export interface QueueOptions<T> {
  /** One element a batch; `false`: each batch takes everything that is queued. Default `true`. */
  readonly oneAtATime?: boolean;
  /** The records of a batch that finds the queue empty. Default: none, the batch is empty. */
  readonly defaultBatch?: Iterable<T>;
  /**
   * Whether the stream completes with the batch that takes the last element. `false`: it goes on with empty batches, and
   * an array is a live queue: elements are taken out of it, and you push to it whenever you like. Default `true`.
   */
  readonly completes?: boolean;
  /** Set it if every process makes the same batches: a durable checkpoint then reads them again. Default `false`. */
  readonly replayable?: boolean;
  /** Unique among the sources of a context. Default `queue`. */
  readonly name?: string;
}

const OPTIONS: KnownOptions<QueueOptions<unknown>> = {
  oneAtATime: true,
  defaultBatch: true,
  completes: true,
  replayable: true,
  name: true,
};

/**
 * A source that gives the elements of an array or another iterable as batches, one element a batch.
 *
 * ```text
 * queue([[1, 2], [], [3]])   ab-c|   a = [1, 2]   b = []   c = [3]
 * ```
 *
 * - **Completes** with the batch that takes the last element, unless `completes: false`.
 * - **Errors** with what the iterable throws, after the batches before it have settled. Wrong arguments:
 *   `INVALID_ARGUMENT`, where they are written.
 * - **Positions** are element numbers, kept in the process: a retry repeats exactly the batches that had not settled.
 *   There are no offsets to commit. After a restart of the process it begins at its first element, and says so, unless
 *   `replayable: true`.
 * - **Memory**: holds a copy of the elements that have been cut and have not settled.
 * - **Synchronous** and without a clock: one element for each tick; an element is never split by a record limit.
 *
 * An array or any other iterable that can be gone through again starts anew for each run; a generator and a live queue
 * are used up as they are read, so let several consumers `share()` them.
 */
export function queue<T>(batches: QueuedBatches<T>, options: QueueOptions<T> = {}): SourceObservable<T> {
  if (
    typeof (batches as Partial<Iterable<T>> | null)?.[Symbol.iterator] !== 'function' ||
    typeof batches === 'string'
  ) {
    refuse('queue(batches)', 'an array or iterable of batches, as queue([[1, 2], [3]])', batches);
  }
  knownOptions('queue', options, OPTIONS);
  const completes = truth('queue(completes)', options.completes ?? true);
  const replayable = truth('queue(replayable)', options.replayable ?? false);
  const settings: Settings<T> = {
    name: textArgument('queue(name)', options.name ?? 'queue'),
    oneAtATime: truth('queue(oneAtATime)', options.oneAtATime ?? true),
    defaultBatch: defaultBatchOf(options.defaultBatch),
    completes,
    replayable,
    session: replayable ? '' : crypto.randomUUID(),
  };
  const shelf = shelfFor(batches, completes);
  return sourceObservable(() => new QueueSource(settings, shelf));
}

function defaultBatchOf<T>(batch: Iterable<T> | undefined): readonly T[] | undefined {
  if (batch === undefined) return undefined;
  if (typeof batch?.[Symbol.iterator] !== 'function')
    refuse('queue(defaultBatch)', 'an array or iterable of records', batch);
  return [...batch];
}

/** What is used up by reading has one shelf for all runs; what can be gone through again has a new one for each. */
function shelfFor<T>(batches: QueuedBatches<T>, completes: boolean): () => Shelf<T> {
  if (!completes && Array.isArray(batches)) {
    const shelf = new Shelf(dequeued<T>(batches));
    return () => shelf;
  }
  if (batches[Symbol.iterator]() === (batches as unknown)) {
    const shelf = new Shelf(iterated(batches));
    return () => shelf;
  }
  return () => new Shelf(iterated(batches));
}

interface Settings<T> {
  readonly name: string;
  readonly oneAtATime: boolean;
  readonly defaultBatch: readonly T[] | undefined;
  readonly completes: boolean;
  readonly replayable: boolean;
  /** Tells the element numbers of this queue from those of another process. */
  readonly session: string;
}

interface Position {
  readonly session: string;
  readonly next: number;
}

interface CutData {
  readonly session: string;
  readonly from: number;
  readonly until: number;
  readonly byDefault: boolean;
}

class QueueSource<T> implements Source<T> {
  readonly name: string;
  readonly replayable: boolean;
  readonly wakes = false;
  readonly #settings: Settings<T>;
  readonly #shelfForRun: () => Shelf<T>;
  #shelf!: Shelf<T>;
  #next = 0;

  constructor(settings: Settings<T>, shelfForRun: () => Shelf<T>) {
    this.name = settings.name;
    this.replayable = settings.replayable;
    this.#settings = settings;
    this.#shelfForRun = shelfForRun;
  }

  open({ position, report }: SourceOpening): void {
    const known = position as Position | undefined;
    this.#shelf = this.#shelfForRun();
    if (known?.session === this.#settings.session) {
      this.#next = known.next;
      return;
    }
    this.#next = this.#shelf.first;
    if (known !== undefined) {
      report({
        code: 'POSITION_RESET',
        message: `${this.name}: a queue lives in its process, so it begins at its first batch again, not at ${known.next}.`,
      });
    }
  }

  cut(_time: number, { maxRecords }: CutLimit): CutAnswer {
    const { oneAtATime, completes, defaultBatch, session } = this.#settings;
    const shelf = this.#shelf;
    const from = this.#next;
    let records = 0;
    while (shelf.has(this.#next) && (this.#next === from || !oneAtATime)) {
      const size = shelf.at(this.#next).length;
      if (this.#next > from && records + size > maxRecords) break;
      records += size;
      this.#next++;
    }
    const until = this.#next;
    const more = shelf.has(until);
    const last = !more && (completes || shelf.failure !== undefined);
    const byDefault = until === from && defaultBatch !== undefined && !last;
    if (byDefault) records = defaultBatch.length;
    const data: CutData = { session, from, until, byDefault };
    return {
      cut: { data, records, position: { session, next: until } satisfies Position },
      empty: records === 0,
      more,
      last,
      ...(last && shelf.failure !== undefined ? { error: shelf.failure.error } : {}),
    };
  }

  read(cut: Cut): readonly T[] {
    const { session, from, until, byDefault } = cut.data as CutData;
    if (session !== this.#settings.session) {
      throw new StreamError(
        'DATA_LOST',
        `${this.name}: expected a cut of this process, got one of another (batches ${from} to ${until}): a queue lives in ` +
          'its process. If every process makes the same batches, say replayable: true.',
      );
    }
    if (byDefault) return this.#settings.defaultBatch ?? [];
    if (until === from + 1) return this.#shelf.at(from);
    const records: T[] = [];
    for (let index = from; index < until; index++) for (const record of this.#shelf.at(index)) records.push(record);
    return records;
  }

  settled(cut: Cut): void {
    const { session, until } = cut.data as CutData;
    if (session === this.#settings.session) this.#shelf.forgetBefore(until);
  }

  close(): void {}
}
