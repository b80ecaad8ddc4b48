import { types } from 'node:util';
import { shown } from '../core/arguments.ts';

/**
 * A record as one line of JSON, without the line's end. What JSON would lose without a word is refused, with where in the
 * record it stands and what to do: a bigint, `NaN` and the infinities, a `Map` or `Set`, bytes, a function, a symbol, a cycle.
 *
 * Otherwise as `JSON.stringify` has it: `toJSON` is asked (a `Date` becomes its ISO text), a property that is `undefined` is
 * left out, and `undefined` in an array, or as the record, is `null`.
 */
export function jsonLine(record: unknown): string {
  const loss = lossOf(record, []);
  if (loss !== undefined)
    throw new TypeError(`${loss.what} at ${loss.at.join('') || 'the record itself'}. ${loss.todo}`);
  return JSON.stringify(record) ?? 'null';
}

/** What would be lost of a value: where, from the record down, and what its user can do. */
interface Loss {
  readonly what: string;
  readonly at: string[];
  readonly todo: string;
}

/** The first loss in `value`; `way` holds the objects above it. */
function lossOf(value: unknown, way: object[]): Loss | undefined {
  switch (typeof value) {
    case 'number':
      if (Number.isFinite(value)) return undefined;
      return loss(String(value), 'JSON has no such number: make it null or a text first.');
    case 'bigint':
      return loss(`the bigint ${value}`, 'Readers of JSON round such numbers: make it a text or a number first.');
    case 'function':
    case 'symbol':
      return loss(shown(value), 'JSON has nothing for it: leave it out.');
    case 'object':
      return value === null ? undefined : lossOfObject(value, way);
    default:
      return undefined;
  }
}

function lossOfObject(value: object, way: object[]): Loss | undefined {
  if (types.isMap(value)) return loss('a Map', 'JSON would make {} of it: use Object.fromEntries(map) or [...map].');
  if (types.isSet(value)) return loss('a Set', 'JSON would make {} of it: use [...set].');
  if (types.isAnyArrayBuffer(value) || types.isArrayBufferView(value))
    return loss('bytes', "JSON would make numbers of them: make them a text first, e.g. bytes.toString('base64').");
  if (types.isDate(value) && Number.isNaN(value.getTime()))
    return loss('an invalid Date', 'JSON would make null of it: make it null or a text first.');
  if (typeof (value as { readonly toJSON?: unknown }).toJSON === 'function') return undefined;
  if (way.includes(value)) return loss('a cycle', 'JSON has no references: leave it out.');
  way.push(value);
  const found = Array.isArray(value) ? lossOfElements(value, way) : lossOfProperties(value, way);
  way.pop();
  return found;
}

function lossOfElements(elements: readonly unknown[], way: object[]): Loss | undefined {
  for (let at = 0; at < elements.length; at++) {
    const found = lossOf(elements[at], way);
    if (found !== undefined) return below(`[${at}]`, found);
  }
  return undefined;
}

function lossOfProperties(value: object, way: object[]): Loss | undefined {
  for (const name of Object.keys(value)) {
    const found = lossOf((value as Readonly<Record<string, unknown>>)[name], way);
    if (found !== undefined) return below(`.${name}`, found);
  }
  return undefined;
}

function loss(what: string, todo: string): Loss {
  return { what: `expected what JSON can hold, got ${what}`, at: [], todo };
}

function below(step: string, found: Loss): Loss {
  found.at.unshift(step);
  return found;
}
