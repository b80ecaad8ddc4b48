import type { ExpectedError } from './Case.ts';

const TOLERANCE = 1e-6;

/** How lists are compared. */
export interface Comparison {
  /** Whether the order of the elements counts. */
  readonly ordered: boolean;
  /** From which depth on lists inside an element are bags: grouped values. Left out, none is. */
  readonly bagsFrom?: number | undefined;
}

/** Whether two lists of elements are alike: in order, or as bags. */
export function listsAlike(got: readonly unknown[], expected: readonly unknown[], by: Comparison): boolean {
  const same = (a: unknown, b: unknown): boolean => elementsAlike(a, b, by.bagsFrom ?? Number.POSITIVE_INFINITY, 0);
  return by.ordered ? inOrder(got, expected, same) : asBags(got, expected, same);
}

/** Whether two values are alike; order counts in their lists. */
export function valuesAlike(got: unknown, expected: unknown): boolean {
  return elementsAlike(got, expected, Number.POSITIVE_INFINITY, 0);
}

/** An element itself is a row, whose order counts; the lists inside it may be bags. */
function elementsAlike(got: unknown, expected: unknown, bagsFrom: number, depth: number): boolean {
  if (typeof got === 'number' && typeof expected === 'number') return numbersAlike(got, expected);
  const same = (a: unknown, b: unknown): boolean => elementsAlike(a, b, bagsFrom, depth + 1);
  if (Array.isArray(got) && Array.isArray(expected)) {
    return depth >= bagsFrom ? asBags(got, expected, same) : inOrder(got, expected, same);
  }
  if (isRecord(got) && isRecord(expected)) {
    const keys = Object.keys(expected);
    return Object.keys(got).length === keys.length && keys.every((key) => same(got[key], expected[key]));
  }
  return (got ?? null) === (expected ?? null);
}

function numbersAlike(got: number, expected: number): boolean {
  if (Number.isInteger(got) && Number.isInteger(expected)) return got === expected;
  return Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

function inOrder(
  got: readonly unknown[],
  expected: readonly unknown[],
  same: (a: unknown, b: unknown) => boolean,
): boolean {
  return got.length === expected.length && got.every((element, at) => same(element, expected[at]));
}

function asBags(
  got: readonly unknown[],
  expected: readonly unknown[],
  same: (a: unknown, b: unknown) => boolean,
): boolean {
  const left = [...expected];
  return (
    got.length === expected.length &&
    got.every((element) => {
      const at = left.findIndex((other) => same(element, other));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    })
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an error is the expected one: the texts are looked for in its message and in those of its causes. */
export function errorAlike(got: unknown, { messageContains = [], ignoreCase, causeMessage }: ExpectedError): boolean {
  const fold = (text: string): string => (ignoreCase === true ? text.toLowerCase() : text);
  const messages = messagesOf(got).map(fold);
  const texts = [...[messageContains].flat(), ...(causeMessage === undefined ? [] : [causeMessage])];
  return texts.every((text) => messages.some((message) => message.includes(fold(text))));
}

function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, ...(error.cause === undefined ? [] : messagesOf(error.cause))];
}
