import { malformedRecord } from './malformedRecord.ts';
import { read, readVarint } from './varint.ts';

type Header = readonly [name: string, value: Buffer | null];

/** The headers that begin at `at` with their count. */
export function readHeaders(bytes: Buffer, at: number): readonly Header[] {
  const headers: Header[] = [];
  walk(bytes, at, bytes.length, (nameAt, nameEnd, valueAt, valueEnd) => {
    headers.push([bytes.toString('utf8', nameAt, nameEnd), valueEnd < 0 ? null : bytes.subarray(valueAt, valueEnd)]);
  });
  return headers;
}

/** Where the headers that begin at `at` end; throws if that is beyond `limit` or they are malformed. */
export function headersEnd(bytes: Buffer, at: number, limit: number): number {
  return walk(bytes, at, limit, () => undefined);
}

type Visit = (nameAt: number, nameEnd: number, valueAt: number, valueEnd: number) => void;

function walk(bytes: Buffer, start: number, limit: number, visit: Visit): number {
  let at = start;
  const number = (): number => {
    readVarint(bytes, at);
    if (read.end < 0 || read.end > limit) malformedRecord('a header is cut');
    at = read.end;
    return read.value;
  };
  const span = (length: number): number => {
    const from = at;
    if (length > limit - at) malformedRecord('a header is longer than its record');
    at += Math.max(length, 0);
    return from;
  };
  const count = number();
  if (count < 0) malformedRecord('a negative count of headers');
  for (let i = 0; i < count; i++) {
    const nameLength = number();
    if (nameLength < 0) malformedRecord('a header without a name');
    const nameAt = span(nameLength);
    const valueLength = number();
    const valueAt = span(valueLength);
    visit(nameAt, nameAt + nameLength, valueAt, valueLength < 0 ? -1 : valueAt + valueLength);
  }
  return at;
}
