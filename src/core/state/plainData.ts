/** Prototypes of what comes back from a structured clone as what it was, beside plain objects, arrays and views of bytes. */
const KNOWN: ReadonlySet<unknown> = new Set<unknown>([
  Map.prototype,
  Set.prototype,
  Date.prototype,
  RegExp.prototype,
  ArrayBuffer.prototype,
  Number.prototype,
  String.prototype,
  Boolean.prototype,
  BigInt.prototype,
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(({ prototype }) => prototype),
]);

/**
 * Whether a value comes back from a checkpoint as what it was, with all that is in it. An instance of a class would come back as a plain
 * object, without its methods; a function or a symbol not at all.
 */
export function isPlainData(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isPlainKind(value);
  visited.clear();
  return isPlainWhole(value);
}

/** The same of a value alone, whatever is in it. */
export function isPlainKind(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol';
  if (ArrayBuffer.isView(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A prototype without one of its own: a plain object, also of another realm, or one without prototype.
  if (prototype === Array.prototype || prototype === Object.prototype || prototype === null) return true;
  return KNOWN.has(prototype) || Object.getPrototypeOf(prototype) === null;
}

/** Objects that hold others and were met: what holds itself, or is held often, is looked at once. One look at a time. */
const visited = new Set<object>();

function isPlainWhole(value: object): boolean {
  if (!isPlainKind(value)) return false;
  for (const part of partsOf(value)) {
    if (typeof part !== 'object' || part === null) {
      if (!isPlainKind(part)) return false;
      continue;
    }
    visited.add(value);
    if (!visited.has(part) && !isPlainWhole(part)) return false;
  }
  return true;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (ArrayBuffer.isView(value)) return NOTHING;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return Object.values(value);
}

const NOTHING: readonly unknown[] = [];
