/** What the types of `split` say. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import { type Batch, batchInterval, mapRecords, split } from '../../src/index.ts';

type Records<S> = S extends Observable<Batch<infer T>> ? T : never;
type Failure = { readonly kind: 'failure'; readonly reason: string };
type Order = { readonly kind: 'order'; readonly id: number };
type Note = { readonly kind: 'note' };

declare const source: Observable<Batch<Failure | Order | Note>>;
declare function isFailure(record: { kind: string }): record is Failure;

export function guardsSayWhatIsInTheirBranch(): void {
  const { failures, orders, rest } = split(source, {
    failures: isFailure,
    orders: (record) => record.kind === 'order',
    rest: 'otherwise',
  });
  expectTypeOf<Records<typeof failures>>().toEqualTypeOf<Failure>();
  expectTypeOf<Records<typeof orders>>().toEqualTypeOf<Order>();
  expectTypeOf<Records<typeof rest>>().toEqualTypeOf<Note>();
}

export function plainFunctionsLeaveTheTypeAlone(): void {
  const words = of('to', 'be').pipe(batchInterval(1000));
  const { short, long } = split(words, { short: (word) => word.length < 3, long: 'otherwise' });
  expectTypeOf<Records<typeof short>>().toEqualTypeOf<string>();
  expectTypeOf<Records<typeof long>>().toEqualTypeOf<string>();
  long.pipe(mapRecords((word) => word.toUpperCase()));
}

export function branchesAreKnownByName(): void {
  const streams = split(source, { failures: isFailure });
  // @ts-expect-error no such branch
  streams.others;
  // @ts-expect-error neither a function nor 'otherwise'
  split(source, { rest: 'everything' });
  // @ts-expect-error a function on something else than the records
  split(source, { rest: (record: number) => record > 1 });
}
