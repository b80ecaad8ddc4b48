/** Prototypes of what comes back from a structured clone as what it was. */
const KNOWN: ReadonlySet<unknown> = new Set<unknown>([
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  Date.prototype,
  RegExp.prototype,
  Buffer.prototype,
  ArrayBuffer.prototype,
  DataView.prototype,
  Number.prototype,
  String.prototype,
  Boolean.prototype,
  BigInt.prototype,
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array].map(prototypeOf),
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array].map(prototypeOf),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(prototypeOf),
]);

/**
 * Whether a value is of a kind that comes back as what it was. An instance of a class would come back as a plain object, without its
 * methods. Only the value itself is looked at, not what is in it.
 */
export function isPlainData(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol';
  const prototype: unknown = Object.getPrototypeOf(value);
  // A prototype without one of its own: a plain object, also of another realm, or one without prototype.
  return KNOWN.has(prototype) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function prototypeOf(type: { readonly prototype: unknown }): unknown {
  return type.prototype;
}
