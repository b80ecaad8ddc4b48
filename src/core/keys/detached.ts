/** Something that refers to a larger buffer and can be had without it. */
export interface Detachable<T> {
  /** The same record, with copies of what would keep a large buffer alive. */
  detached(): T;
}

/**
 * What outlives its batch must not keep the buffer it was cut from: a small view is copied, a record that knows how to detach
 * itself is asked to.
 */
export function detached<T>(record: T): T {
  if (typeof record !== 'object' || record === null) return record;
  if (ArrayBuffer.isView(record)) return isSmallView(record) ? (copyOf(record) as T) : record;
  if (Array.isArray(record)) return detachedPair(record) as T;
  const own = (record as Partial<Detachable<T>>).detached;
  return typeof own === 'function' ? own.call(record) : record;
}

/** A pair is looked into; it stays the same array if there is nothing to copy. */
function detachedPair(pair: readonly unknown[]): readonly unknown[] {
  let copies: unknown[] | undefined;
  for (let at = 0; at < pair.length; at++) {
    const copy = detached(pair[at]);
    if (Object.is(copy, pair[at])) continue;
    copies ??= [...pair];
    copies[at] = copy;
  }
  return copies ?? pair;
}

function isSmallView(view: ArrayBufferView): boolean {
  return view.byteLength * 2 < view.buffer.byteLength;
}

/** A copy with a buffer of its own size. `structuredClone` of a view would copy the whole buffer. */
function copyOf(view: ArrayBufferView): ArrayBufferView {
  if (view instanceof Uint8Array) return Uint8Array.prototype.slice.call(view);
  const { buffer, byteOffset, byteLength } = view;
  return new (view.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView)(
    buffer.slice(byteOffset, byteOffset + byteLength),
  );
}
