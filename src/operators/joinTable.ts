import { defer, map, type OperatorFunction } from 'rxjs';
import type { Answer } from '../core/Answer.ts';
import { refuse, shown, textArgument, wholeNumber } from '../core/arguments.ts';
import { type Batch, iterableBody } from '../core/batch/Batch.ts';
import { batchStreamLike } from '../core/batch/batchStream.ts';
import { held } from '../core/batch/held.ts';
import type { Scope } from '../core/batch/Scope.ts';
import type { KeysMeet } from '../core/keys/KeysMeet.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { type Indexed, indexOf, type JoinKeys, type JoinKind, joinedTo } from '../core/pairing/joinedBody.ts';
import { Reloaded } from '../core/pairing/Reloaded.ts';

/** Keyed rows: an array of pairs, a `Map`, or a function that loads them, now or later. */
export type Table<R> = Iterable<R> | ((signal: AbortSignal) => Answer<Iterable<R>>);

/** Options of {@link joinTable}. */
export interface JoinTableOptions<K> extends KeyOptions<K> {
  /** `'join'` drops records whose key is not in the table, `'leftOuterJoin'` keeps them with `undefined`. Default `'join'`. */
  readonly kind?: 'join' | 'leftOuterJoin';
  /** Loads the table again after so many batches. Default `Infinity`: once a run. */
  readonly reloadEvery?: number;
  /** What reports call the table. Default `'table'`. */
  readonly name?: string;
}

const OPTIONS: KnownOptions<JoinTableOptions<unknown>> = { ...KEY_OPTIONS, kind: true, reloadEvery: true, name: true };

const KINDS: Readonly<Record<'join' | 'leftOuterJoin', JoinKind>> = {
  join: { keepsWalked: false, keepsIndexed: false, indexedFirst: false },
  leftOuterJoin: { keepsWalked: true, keepsIndexed: false, indexedFirst: false },
};

/**
 * Joins each batch by key with a table that is loaded beforehand, and again every so many batches. Spark's
 * `transform(rdd => rdd.join(table))`.
 *
 * ```text
 * source             -([a,1] [b,2])-------|
 * joinTable(prices)  -([a,[1,price of a]])|
 * ```
 *
 * - The table is read with the first batch of a run and after every `reloadEvery` batches; between that its rows are as they were then.
 *   All records of a batch meet the same table. Rows of equal keys multiply.
 * - Records come in the order of the stream, and for each in the order of the table.
 * - **Holds** the batch while the table is loaded. If loading again fails, the last good table is used, the next batch tries again, and
 *   `progress$` says so: `TABLE_STALE` for each failure, then `TABLE_RELOADED`.
 * - **Errors**: a first loading that fails, and a throwing `keyOf`, fail the run with `OPERATOR_FAILED`. After a retry the table is loaded
 *   anew: a repeated batch meets the table of then.
 * - **Offsets** unchanged. **Memory**: one table for each subscription, two while it is loaded again.
 */
export function joinTable<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  R extends Pair<unknown, unknown>,
  const O extends JoinTableOptions<KeyOf<T> | KeyOf<R>>,
>(
  table: Table<R>,
  options: O & Required<KeyOptions<KeyOf<T> | KeyOf<R>>>,
): OperatorFunction<Batch<T>, Batch<JoinedWithTable<T, R, O>>>;
export function joinTable<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  R extends Pair<unknown, unknown>,
  const O extends Omit<JoinTableOptions<never>, 'keyOf'> = { readonly kind: 'join' },
>(table: Table<R> & KeysMeet<T, R>, options?: O): OperatorFunction<Batch<T>, Batch<JoinedWithTable<T, R, O>>>;
export function joinTable(
  table: Table<Pair<unknown, unknown>>,
  options: JoinTableOptions<never> = {},
): OperatorFunction<Batch<unknown>, Batch<Pair<unknown, readonly [unknown, unknown]>>> {
  const operator = 'joinTable';
  const load = loaderOf(table);
  knownOptions(operator, options, OPTIONS);
  const identify = keyIdentity(operator, options as KeyOptions<unknown>);
  const { kind = 'join', reloadEvery = Number.POSITIVE_INFINITY, name = 'table' } = options;
  if (!Object.hasOwn(KINDS, kind)) refuse(`${operator}({ kind })`, "'join' or 'leftOuterJoin'", kind);
  wholeNumber(`${operator}({ reloadEvery })`, reloadEvery, 1, true);
  textArgument(`${operator}({ name })`, name);

  const keysIn = (scope: Scope): JoinKeys<unknown> => ({ operator, scope, identify });
  const keep = (rows: Iterable<Pair<unknown, unknown>>, scope: Scope): Indexed<unknown, unknown> => {
    if (typeof rows?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`expected the table to be an array, a Map or another iterable of pairs, got ${shown(rows)}`);
    }
    return indexOf(keysIn(scope), { body: iterableBody(pairsOf(rows)), name: `the table '${name}'` }, KINDS[kind]);
  };
  return (source) =>
    batchStreamLike(
      source,
      defer(() => {
        const loaded = new Reloaded({ operator, name, every: reloadEvery, load, keep });
        return source.pipe(
          held((batch) =>
            loaded.for(batch.scope).pipe(
              map((rows) => {
                const walked = { body: (batch as Batch<Pair<unknown, unknown>>).body, name: 'this stream' };
                return batch.derive(joinedTo(keysIn(batch.scope), rows, walked, KINDS[kind]));
              }),
            ),
          ),
        );
      }),
    );
}

/** The rows, one by one; what is no pair would be found under no key, and nothing said. */
function* pairsOf(rows: Iterable<Pair<unknown, unknown>>): Iterable<Pair<unknown, unknown>> {
  let at = 0;
  for (const row of rows) {
    if (!Array.isArray(row)) {
      throw new TypeError(`expected rows of the table that are pairs [key, value], got ${shown(row)} as row ${at}`);
    }
    at++;
    yield row as unknown as Pair<unknown, unknown>;
  }
}

/** What {@link joinTable} gives for a record. */
export type JoinedWithTable<T, R, O> = Pair<
  KeyOf<T>,
  readonly [ValueOf<T>, MayMiss<O> extends true ? ValueOf<R> | undefined : ValueOf<R>]
>;

/** Whether these options may be those of an outer join: also where the kind is known at run time alone. */
type MayMiss<O> = 'kind' extends keyof O ? ('leftOuterJoin' extends O[keyof O & 'kind'] ? true : false) : false;

function loaderOf<R>(table: Table<R>): (signal: AbortSignal) => Answer<Iterable<R>> {
  if (typeof table === 'function') return table;
  if (typeof table !== 'object' || table === null || typeof table[Symbol.iterator] !== 'function') {
    refuse('joinTable(table)', 'an array of pairs, a Map, or a function that loads one', table);
  }
  if ((table[Symbol.iterator]() as unknown) === table) {
    refuse(
      'joinTable(table)',
      'an array of pairs, a Map, or a function that loads one',
      table,
      'An iterator can be gone through once: write [...it].',
    );
  }
  return () => table;
}
