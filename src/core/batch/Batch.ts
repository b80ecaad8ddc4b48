import { ChainedBody } from '../chain/ChainedBody.ts';
import type { NarrowStep } from '../chain/NarrowStep.ts';
import { StreamError } from '../errors.ts';
import type { OffsetRange } from '../OffsetRange.ts';
import type { Scope } from './Scope.ts';

/** Is handed each record; answers `false` to stop early. Anything else goes on. */
export type Visit<T> = (record: T) => unknown;

/** How the records of a batch are made: pushes each into `visit` until it answers `false`. Can run more than once. */
export interface BatchBody<T> {
  run(visit: Visit<T>): unknown;
  /** All records in an array of its own, where that is cheaper than visiting them. */
  collect?(): readonly T[];
  /** The records, where they lie in an array already. */
  readonly array?: readonly T[];
  /** Fails its scope itself before it throws an error of its own; whatever else is thrown by a run is the visitor's. */
  readonly tellsFailures?: boolean;
}

/** What a batch inherits when it is derived from another. */
export interface BatchShape {
  /** Milliseconds between two batches of this stream: the interval, or a window's slide. 0 under a drain trigger. */
  readonly slide?: number;
  /** Names of the sources the batch descends from. */
  readonly origins?: readonly string[];
}

/**
 * The records of one interval `(time - interval, time]`, lazily: nothing runs until somebody reads.
 *
 * Adjacent narrow operators are fused: {@link Batch.forEach} pushes each record through the whole chain in one pass and can
 * stop early; {@link Batch.records} materialises once. A batch may be read until its scope has settled; later the read
 * throws `BATCH_SETTLED`.
 */
export class Batch<T> {
  /** @internal The bookkeeping shared by all batches of this time. */
  readonly scope: Scope;
  /** @internal */
  readonly origins: readonly string[];
  /** Milliseconds between two batches of this stream. */
  readonly slide: number;
  readonly #body: BatchBody<T>;
  #records: readonly T[] | undefined;

  /** @internal Batches come from `batchInterval` and from operators. */
  constructor(scope: Scope, body: BatchBody<T>, shape: BatchShape = {}) {
    this.scope = scope;
    this.slide = shape.slide ?? scope.interval;
    this.origins = shape.origins ?? [];
    this.#body = body;
  }

  /** The batch time in milliseconds since the epoch: a multiple of the interval. */
  get time(): number {
    return this.scope.time;
  }

  /** The batch interval in milliseconds; 0 under a drain trigger. */
  get interval(): number {
    return this.scope.interval;
  }

  /** The positions this batch's sources were cut at. Information, never what is committed. */
  get offsets(): readonly OffsetRange[] {
    return this.scope.offsetsOf(this.origins);
  }

  /** All records, evaluated at the first look and kept with this batch object. */
  get records(): readonly T[] {
    this.scope.assertReadable();
    this.#records ??= this.#collect();
    return this.#records;
  }

  /** Runs the fused chain once, handing each record to `visit`, which may answer `false` to stop. */
  forEach(visit: Visit<T>): void {
    this.scope.assertReadable();
    const { body } = this;
    if (body.tellsFailures) {
      body.run(visit);
      return;
    }
    let visitors: { readonly error: unknown } | undefined;
    try {
      body.run((record) => {
        try {
          return visit(record);
        } catch (error) {
          visitors = { error };
          throw error;
        }
      });
    } catch (error) {
      throw visitors !== undefined && visitors.error === error ? error : this.scope.failEvaluation(error);
    }
  }

  /** The records one by one, from {@link Batch.records}. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.records[Symbol.iterator]();
  }

  /** The same batch with other records: what `transform` gives back after changing them. */
  withRecords<U>(records: Iterable<U>): Batch<U> {
    return this.derive(iterableBody(records));
  }

  /** @internal The materialised records where there are any, else the chain that makes them. */
  get body(): BatchBody<T> {
    return this.#records === undefined ? this.#body : iterableBody(this.#records);
  }

  /** @internal Appends a narrow operator to the chain. */
  link<U>(step: NarrowStep): Batch<U> {
    return this.derive(ChainedBody.after<U>(this.body, step, this.scope));
  }

  /** @internal A batch of the same scope and origins. */
  derive<U>(body: BatchBody<U>, shape: BatchShape = {}): Batch<U> {
    return new Batch(this.scope, body, { slide: this.slide, origins: this.origins, ...shape });
  }

  /** @internal Evaluates now what a later change would alter; used where a live view outlives its moment. */
  materialise(): void {
    this.#records ??= this.#collect();
  }

  #collect(): readonly T[] {
    try {
      return this.#body.collect?.() ?? visited(this.#body);
    } catch (error) {
      throw this.scope.failEvaluation(error);
    }
  }
}

function visited<T>(body: BatchBody<T>): readonly T[] {
  const records: T[] = [];
  body.run((record) => {
    records.push(record);
  });
  return records;
}

/** A body over something iterable, or over something that pushes by itself. */
export function iterableBody<T>(records: Iterable<T> | BatchBody<T>): BatchBody<T> {
  if (Array.isArray(records)) return arrayBody(records as readonly T[]);
  if (typeof (records as BatchBody<T>).run === 'function') return records as BatchBody<T>;
  if (isUsedUp(records as Iterable<T>)) return collectedBody(records as Iterable<T>);
  return {
    run(visit) {
      for (const record of records as Iterable<T>) if (visit(record) === false) return;
    },
  };
}

function arrayBody<T>(records: readonly T[]): BatchBody<T> {
  return {
    run(visit) {
      for (let i = 0; i < records.length; i++) if (visit(records[i] as T) === false) return;
    },
    collect: () => records.slice(),
    array: records,
    tellsFailures: true,
  };
}

/** A generator can be gone through once, a batch as often as it has readers. */
function isUsedUp(records: Iterable<unknown>): boolean {
  return (records[Symbol.iterator]() as unknown) === records;
}

/** Collects at the first reading. */
function collectedBody<T>(records: Iterable<T>): BatchBody<T> {
  let collected: BatchBody<T> | undefined;
  return {
    run(visit) {
      collected ??= arrayBody([...records]);
      return collected.run(visit);
    },
  };
}

/** The value as a batch, or `NOT_A_BATCH`: what an operator says when `batchInterval` is missing before it. */
export function asBatch<T>(operator: string, value: Batch<T>): Batch<T> {
  if (value instanceof Batch) return value;
  throw new StreamError(
    'NOT_A_BATCH',
    `${operator}: expected a stream of batches, got ${typeof value === 'object' ? 'an object that is no batch' : `a ${typeof value}`}. ` +
      'Put batchInterval(...) between the source and this operator.',
  );
}
