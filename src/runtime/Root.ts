import { Subject } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import type { Source } from '../sources/Source.ts';

/** One `batchInterval` subscription of a run: its source, and the subject its batches leave by. */
export class Root {
  readonly source: Source<unknown>;
  readonly batches: Subject<Batch<unknown>> = new Subject();
  /** Open: its source is opened and not closed. */
  open = false;
  /** The source has said `last`: nothing is cut after this time; `error` is raised when it has settled. */
  end: { readonly time: number; readonly error?: unknown; readonly failed: boolean } | undefined;
  /** Its subscriber has left, or it has completed. */
  gone = false;

  constructor(source: Source<unknown>) {
    this.source = source;
  }

  /** Whether it still takes part in cuts. */
  get cutting(): boolean {
    return !this.gone && this.end === undefined;
  }
}
