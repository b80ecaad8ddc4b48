import type { RecordRun } from '../../src/sources/Source.ts';

/** Records as an array, however they are handed out. */
export function taken<T>(records: Iterable<T> | RecordRun<T>): T[] {
  if (!('run' in records)) return [...records];
  const all: T[] = [];
  records.run((record) => void all.push(record));
  return all;
}
