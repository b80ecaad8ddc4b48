import { type Batch, batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { type OperatorFunction, VirtualTimeScheduler } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';

/** Milliseconds of stream in a batch. */
export const INTERVAL = 1000;

type Pairs = Batch<readonly [string, number]>;

/** A window operator in a running context, on a virtual clock, with an output that can be told to do something else. */
export class RunningWindow {
  /** What the output does with a window. */
  look: (batch: Pairs) => void = () => {};
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #source = new FedSource<readonly [string, number]>();
  readonly #nextBatch: () => readonly (readonly [string, number])[];

  constructor(nextBatch: () => readonly (readonly [string, number])[], window: OperatorFunction<Pairs, Pairs>) {
    this.#nextBatch = nextBatch;
    this.#scheduler.maxFrames = 0;
    const context = new StreamingContext({ interval: INTERVAL, scheduler: this.#scheduler, onWarning: () => {} });
    this.#source.records
      .pipe(
        batchInterval(context),
        window,
        foreachBatch((batch) => this.look(batch)),
      )
      .subscribe(); // an error that nobody handles ends the process
  }

  /** Everything from the tick to the settled batch, in milliseconds. */
  slide(): number {
    this.#source.add(this.#nextBatch());
    this.#scheduler.maxFrames += INTERVAL;
    const begun = performance.now();
    this.#scheduler.flush();
    return performance.now() - begun;
  }

  /** The pairs of the window after one slide more. */
  pairs(): readonly (readonly [string, number])[] {
    const { look } = this;
    let last: Pairs['records'] = [];
    this.look = (batch) => {
      last = batch.records;
    };
    this.slide();
    this.look = look;
    return last;
  }
}
