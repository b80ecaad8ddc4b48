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

/** As deep as values of states are looked at: into them, once. All of them would cost more than writing them. */
export const VALUE_LEVELS = 1;

/**
 * Whether a value is of a kind that comes back as what it was. An instance of a class would come back as a plain object, without its
 * methods. Looks so many levels into objects, lists, maps and sets; at 0 only at the value itself.
 */
export function isPlainData(value: unknown, levels = 0): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol';
  if (ArrayBuffer.isView(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return levels === 0 || arePlain(value as readonly unknown[], levels - 1);
  // A prototype without one of its own: a plain object, also of another realm, or one without prototype.
  if (prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null) {
    return levels === 0 || arePlain(Object.values(value), levels - 1);
  }
  if (!KNOWN.has(prototype)) return false;
  if (levels === 0) return true;
  if (value instanceof Map) return arePlain([...value.keys(), ...value.values()], levels - 1);
  return !(value instanceof Set) || arePlain([...value], levels - 1);
}

function arePlain(values: readonly unknown[], levels: number): boolean {
  for (const value of values) if (!isPlainData(value, levels)) return false;
  return true;
}
