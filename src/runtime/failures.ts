import { isStreamError, StreamError } from '../core/errors.ts';
import { reasonOf } from '../core/reasonOf.ts';

/** Ends the run with what a source threw, as a `StreamError`. */
export function sourceFailed(
  source: string,
  call: 'open' | 'cut' | 'read' | 'settled' | 'drain',
): (error: unknown) => never {
  return (cause) => {
    if (isStreamError(cause)) throw cause;
    throw new StreamError('SOURCE_FAILED', `Source '${source}': ${call} failed: ${reasonOf(cause)}`, {
      cause,
      details: { source, call },
    });
  };
}

/** Ends the run with what a checkpoint store threw, as a `StreamError`. */
export function checkpointFailed(store: string, call: 'load' | 'plan' | 'settle'): (error: unknown) => never {
  return (cause) => {
    if (isStreamError(cause)) throw cause;
    throw new StreamError('CHECKPOINT_FAILED', `Checkpoint ${store}: ${call} failed: ${reasonOf(cause)}`, {
      cause,
      details: { store, call },
    });
  };
}

/** `NO_OUTPUT`: so many batches have come and gone, and no output has seen any of them. */
export function noOutput(batches: number): StreamError {
  return new StreamError(
    'NO_OUTPUT',
    `No output has seen any of ${batches} batches, so nothing would ever be committed. ` +
      'End the chain with an output: foreachBatch(...), print(), saveAsTextFiles(...), or at least commitOffsets(store).',
  );
}

/** `CONTEXT_STOPPED`: `what` would begin something that is over for good. */
export function contextStopped(what: string): StreamError {
  return new StreamError(
    'CONTEXT_STOPPED',
    `StreamingContext has already been stopped; it cannot be ${what} again. Make a new one.`,
  );
}

/** `CONTEXT_STARTED`: what is asked for is possible only between two runs. */
export function contextStarted(what: string): StreamError {
  return new StreamError('CONTEXT_STARTED', `${what}.`);
}

/** `SOURCE_TWICE`: positions are kept by name, so two live sources cannot share one. */
export function sourceTwice(name: string): StreamError {
  return new StreamError(
    'SOURCE_TWICE',
    `Two live sources of this StreamingContext have the name '${name}'. To use one source in several chains put share() after batchInterval(...); ` +
      "two different sources need names of their own: { name: '...' }.",
    { details: { name } },
  );
}

/** `SOURCE_MISSING`: an unsettled batch of the checkpoint has records that no source of this run can give. */
export function sourceMissing(time: number, source: string, present: Iterable<string>): StreamError {
  return new StreamError(
    'SOURCE_MISSING',
    `The checkpoint holds the unsettled batch of time ${time} with records of the source '${source}', ` +
      `which this run does not have (it has ${[...present].map((name) => `'${name}'`).join(', ') || 'none'}). ` +
      `Run with that source until the batch has settled, or give a source { name: '${source}' }.`,
    { details: { time, source } },
  );
}
