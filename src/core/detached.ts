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
  const { detached } = record as Partial<Detachable<T>>;
  return typeof detached === 'function' ? detached.call(record) : record;
}

function isSmallView(view: ArrayBufferView): boolean {
  return view.byteLength * 2 < view.buffer.byteLength;
}

function copyOf(view: ArrayBufferView): ArrayBufferView {
  return view instanceof Uint8Array ? Uint8Array.prototype.slice.call(view) : structuredClone(view);
}
