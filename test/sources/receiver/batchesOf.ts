import type { Observable } from 'rxjs';
import { batchInterval, foreachBatch, type Progress, StreamingContext } from '../../../src/index.ts';
import { type ManualClock, manualClock } from '../../../src/testing/index.ts';

/** A source under a clock that a test moves: what its batches hold, what is reported, how it ends. */
export class BatchesOf<T> {
  readonly clock: ManualClock = manualClock();
  readonly batches: (readonly T[])[] = [];
  readonly events: Progress[] = [];
  readonly stream: StreamingContext;
  ended: 'completed' | { readonly error: unknown } | undefined;

  constructor(source: Observable<T>, interval = 1000) {
    this.stream = new StreamingContext({ interval, scheduler: this.clock, onWarning: () => {} });
    this.stream.progress$.subscribe((event) => this.events.push(event));
    source
      .pipe(
        batchInterval(this.stream),
        foreachBatch((batch) => void this.batches.push(batch.records)),
      )
      .subscribe({
        error: (error: unknown) => {
          this.ended = { error };
        },
        complete: () => {
          this.ended = 'completed';
        },
      });
    this.clock.advanceBy(0);
  }

  /** Lets so many batches come; answers them. */
  next(count = 1): (readonly T[])[] {
    const before = this.batches.length;
    this.clock.advanceBy(count * 1000);
    return this.batches.slice(before);
  }

  /** Messages that were reported with this code. */
  reported(code: string): string[] {
    return this.events.flatMap((event) => (event.type === 'report' && event.code === code ? [event.message] : []));
  }
}
