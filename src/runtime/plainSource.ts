import type { Observable, Subscription } from 'rxjs';
import { StreamError } from '../core/errors.ts';
import type { Cut, CutAnswer, CutLimit, Source, SourceOpening } from '../sources/Source.ts';

/**
 * Any Observable as a source: what it emits is kept until a batch takes it. It has no positions; an unsettled batch keeps its
 * records for the next run of this context, and is lost with the process.
 */
export function plainSource<T>(name: string, records: Observable<T>, maxBuffered: number): Source<T> {
  let buffer: T[] = [];
  let subscription: Subscription | undefined;
  let ended: { readonly error?: unknown } | undefined;

  function full(): StreamError {
    return new StreamError(
      'BUFFER_FULL',
      `${name}: expected at most ${maxBuffered} records waiting for a batch, and another one came. ` +
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
      subscription = records.subscribe({
        next(record) {
          if (buffer.length < maxBuffered) buffer.push(record);
          else if (ended === undefined) {
            ended = { error: full() };
            subscription?.unsubscribe();
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
      if (ended !== undefined) subscription.unsubscribe();
    },
    cut(_time: number, { maxRecords }: CutLimit): CutAnswer {
      const taken = buffer.length <= maxRecords ? buffer : buffer.slice(0, maxRecords);
      buffer = buffer.length <= maxRecords ? [] : buffer.slice(maxRecords);
      const cut: Cut = { data: taken, records: taken.length };
      const more = buffer.length > 0;
      const answer = { cut, empty: taken.length === 0, more };
      return ended !== undefined && !more ? { ...answer, last: true, ...ended } : answer;
    },
    read: ({ data }) => data as readonly T[],
    settled() {},
    close() {
      subscription?.unsubscribe();
    },
  };
}
