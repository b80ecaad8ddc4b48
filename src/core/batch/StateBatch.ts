import { StreamError } from '../errors.ts';
import type { Pair } from '../keys/Pair.ts';
import { Batch, iterableBody, type Visit } from './Batch.ts';
import { liveBody } from './liveBody.ts';

/**
 * What `mapWithState` made of a batch, with the states of all keys after it beside the records.
 *
 * An operator on records gives an ordinary batch without them; plain RxJS operators on whole batches (`share`, `filter`) keep
 * them.
 */
export class StateBatch<U, K, S> extends Batch<U> {
  readonly #visitStates: (visit: Visit<Pair<K, S>>) => void;
  #snapshots: Batch<Pair<K, S>> | undefined;

  /** @internal */
  constructor(batch: Batch<unknown>, records: readonly U[], visitStates: (visit: Visit<Pair<K, S>>) => void) {
    super(batch.scope, iterableBody(records), { slide: batch.slide, origins: batch.origins });
    this.#visitStates = visitStates;
  }

  /**
   * The states of all keys after this batch, as a batch of the same time; evaluated when it is read. To be taken in the call in
   * which the batch arrives, as `stateSnapshots` does: later batches change the states. Then it is good until the batch settles.
   */
  get snapshots(): Batch<Pair<K, S>> {
    this.#snapshots ??= this.#view();
    return this.#snapshots;
  }

  #view(): Batch<Pair<K, S>> {
    const { scope } = this;
    scope.assertReadable();
    if (scope.state === 'open') return this.derive(liveBody(scope, this.#visitStates));
    const error = new StreamError(
      'BATCH_SETTLED',
      `The states after the batch of time ${this.time} were asked for when later batches may have changed them. ` +
        'Put stateSnapshots() where the batches still come one by one, before bufferCount and the like.',
      { details: { time: this.time } },
    );
    throw scope.failEvaluation(error);
  }
}
