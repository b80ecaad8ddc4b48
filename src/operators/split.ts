import { map, type Observable, share } from 'rxjs';
import { isOptions, promptFunction, refuse } from '../core/arguments.ts';
import { asBatch, type Batch } from '../core/batch/Batch.ts';
import { batchStreamLike } from '../core/batch/batchStream.ts';
import { streamArgument } from '../core/batch/streamArgument.ts';
import { operatorError } from '../core/operatorError.ts';

/** What a branch of {@link split} takes: the records a function says yes to, or `'otherwise'` all that are left. */
export type Branch<T> = ((record: T) => unknown) | 'otherwise';

/** The records of the branch `N`: what its type guard says, or what the guards of the others leave. */
export type BranchRecord<T, B, N extends keyof B> = B[N] extends 'otherwise'
  ? Exclude<T, { [M in keyof B]: GuardedBy<B[M]> }[keyof B]>
  : [GuardedBy<B[N]>] extends [never]
    ? T
    : GuardedBy<B[N]>;

/** What a type guard says yes to; nothing for a plain function. */
// biome-ignore lint/suspicious/noExplicitAny: a guard of any record
type GuardedBy<F> = F extends (record: any) => record is infer U ? U : never;

/** The branches of {@link split}, each a stream of batches under its name. */
export type SplitStreams<T, B> = { readonly [N in keyof B]: Observable<Batch<BranchRecord<T, B, N>>> };

/**
 * Splits one stream into named branches that settle together: each record goes to the first branch whose function says yes,
 * `'otherwise'` takes those that are left.
 *
 * ```text
 * source                                               -(1 2 3)---(4)---|
 * split(source, { even: isEven, odd: 'otherwise' })
 *   .even                                              -(2)-------(4)---|
 *   .odd                                               -(1 3)-----( )---|
 * ```
 *
 * - Branches are asked in the order in which they are written; without `'otherwise'`, which comes last, records that no
 *   branch wants are left out, as by a filter.
 * - **Evaluated** once for each batch, at the first reading of any branch, however many branches there are.
 * - **Settles** when the outputs of all branches are done: they are batches of one time. A branch that nobody subscribes to
 *   takes its records out of the stream: they count as processed. Subscribe to all in one turn, and retry them together:
 *   `merge(errors, rest).pipe(retry())`.
 * - **Errors**: a throwing function fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged, in every branch. **Holds** the records of the batch until it has settled.
 */
export function split<T, const B extends Readonly<Record<string, Branch<T>>>>(
  source: Observable<Batch<T>>,
  branches: B,
): SplitStreams<T, B> {
  streamArgument('split(source)', source);
  if (!isOptions(branches)) refuse('split(_, branches)', 'functions by name', branches);
  const names = Object.keys(branches);
  names.forEach((name, at) => checkBranch(name, branches[name], at === names.length - 1));
  const tests = names.map((name) => (branches[name] === 'otherwise' ? () => true : branches[name]) as Test<T>);

  const parted = source.pipe(
    map((value) => {
      const batch = asBatch('split', value);
      return { batch, parts: partsOf(batch, tests) };
    }),
    share(),
  );
  const streams = names.map((name, at) => {
    const branch = parted.pipe(
      map(({ batch, parts }) =>
        batch.derive<T>({
          run(visit) {
            for (const record of parts()[at] as readonly T[]) if (visit(record) === false) return;
          },
          collect: () => [...(parts()[at] as readonly T[])],
        }),
      ),
    );
    return [name, batchStreamLike(source, branch)] as const;
  });
  return Object.fromEntries(streams) as unknown as SplitStreams<T, B>;
}

type Test<T> = (record: T) => unknown;

/** The records of each branch, made at the first call and kept until the batch is over. */
function partsOf<T>({ body, scope }: Batch<T>, tests: readonly Test<T>[]): () => readonly (readonly T[])[] {
  const evaluated = (): T[][] => {
    const parts: T[][] = tests.map(() => []);
    let position = 0;
    body.run((record) => {
      let at = 0;
      try {
        while (at < tests.length && !(tests[at] as Test<T>)(record)) at++;
      } catch (error) {
        throw operatorError('split', error, scope, position);
      }
      parts[at]?.push(record);
      position++;
    });
    scope.atEnd(() => {
      pinned = undefined;
    });
    return parts;
  };
  let pinned: T[][] | undefined;
  return () => {
    pinned ??= evaluated();
    return pinned;
  };
}

function checkBranch(name: string, branch: unknown, isLast: boolean): void {
  if (/^\d+$/.test(name)) refuse('split(_, branches)', 'names that are no numbers', name, 'They would come first.');
  if (branch !== 'otherwise') promptFunction(`split(_, { ${name} })`, branch);
  else if (!isLast)
    refuse(`split(_, { ${name} })`, "'otherwise' as the last branch", branch, 'It takes all that is left.');
}
