import type { Observable } from 'rxjs';

/** What is known of a stream of batches before it is subscribed. */
export interface BatchStreamInfo {
  /** `undefined` where a plain RxJS operator further up hides it. */
  readonly context: object | undefined;
  /** Milliseconds between two batches; 0 under a drain trigger. */
  readonly slide: number;
}

const known = new WeakMap<Observable<unknown>, BatchStreamInfo>();
const contexts = new WeakMap<Observable<unknown>, object>();

/**
 * What is known of this stream. A plain RxJS operator in between hides it; then the same checks are made at the first batch.
 */
export function batchStreamInfo(stream: Observable<unknown>): BatchStreamInfo | undefined {
  return known.get(stream);
}

/** The context of this stream, also behind plain RxJS operators: what they make has what they were applied to as its `source`. */
export function contextOf(stream: Observable<unknown>): object | undefined {
  for (let at: Observable<unknown> | undefined = stream; at !== undefined; at = at.source) {
    const context = contexts.get(at);
    if (context !== undefined) return context;
  }
  return undefined;
}

/** Remembers what `stream` is, so that a wrong argument further down throws where it is written. */
export function markBatchStream<S extends Observable<unknown>>(stream: S, info: BatchStreamInfo | undefined): S {
  if (info !== undefined) known.set(stream, info);
  if (info?.context !== undefined) contexts.set(stream, info.context);
  return stream;
}

/** `result` is a stream of batches like `source`, of another slide if one is given; that is known even if nothing else is. */
export function batchStreamLike<S extends Observable<unknown>>(
  source: Observable<unknown>,
  result: S,
  slide?: number,
): S {
  const info = known.get(source);
  const context = contextOf(source);
  if (context !== undefined) contexts.set(result, context);
  return markBatchStream(result, slide === undefined ? info : { context: info?.context, slide });
}
