import { type Observable, type Subscription, takeWhile } from 'rxjs';
import { StreamError } from '../core/errors.ts';
import type { Cut, CutAnswer, CutLimit, Source, SourceOpening } from '../sources/Source.ts';

/**
 * Any Observable as a source: what it emits is kept until a batch takes it. It has no positions; an unsettled batch keeps its
 * records for the next run of this context, and is lost with the process.
 */
export function plainSource<T>(name: string, records: Observable<T>, maxBuffered: number): Source<T> {
  let buffer: T[] = [];
  /** Cut and not settled, oldest first: they count as waiting too, however slow the outputs are. */
  const unsettled: (readonly T[])[] = [];
  let waiting = 0;
  let subscription: Subscription | undefined;
  /** The next cut takes the last of what comes: until the next tick, at a graceful stop. */
  let isDraining = false;
  let ended: { readonly error?: unknown } | undefined;

  function full(): StreamError {
    return new StreamError(
      'BUFFER_FULL',
      `${name}: expected at most ${maxBuffered} records waiting for a batch or for its outputs, and another one came. ` +
        'The pipeline is slower than the source: make the batches cheaper, slow the source down, or allow more with ' +
        'batchInterval(context, { maxBuffered }).',
      { details: { maxBuffered } },
    );
  }

  return {
    name,
    replayable: false,
    wakes: true,
    open(opening: SourceOpening) {
      ended = undefined;
      isDraining = false;
      // Ends a synchronous flood, which cannot be unsubscribed while it is being subscribed.
      const wanted = records.pipe(takeWhile(() => ended === undefined));
      subscription = wanted.subscribe({
        next(record) {
          if (waiting < maxBuffered) {
            waiting++;
            buffer.push(record);
          } else {
            ended ??= { error: full() };
          }
          if (buffer.length === 1) opening.wake();
        },
        error(error) {
          ended ??= { error };
          opening.wake();
        },
        complete() {
          ended ??= {};
          opening.wake();
        },
      });
    },
    cut(_time: number, { maxRecords }: CutLimit): CutAnswer {
      if (isDraining) subscription?.unsubscribe();
      const taken = buffer.length <= maxRecords ? buffer : buffer.slice(0, maxRecords);
      buffer = buffer.length <= maxRecords ? [] : buffer.slice(maxRecords);
      const cut: Cut = { data: taken, records: taken.length };
      if (taken.length > 0) unsettled.push(taken);
      const more = buffer.length > 0;
      const answer = { cut, empty: taken.length === 0, more };
      return ended !== undefined && !more ? { ...answer, last: true, ...ended } : answer;
    },
    read: ({ data }) => data as readonly T[],
    settled({ data }) {
      const settled = unsettled.splice(0, unsettled.indexOf(data as readonly T[]) + 1);
      for (const { length } of settled) waiting -= length;
    },
    drain() {
      isDraining = true;
    },
    close() {
      subscription?.unsubscribe();
    },
  };
}
