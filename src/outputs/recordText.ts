/** A record as Spark writes it: texts as they are, pairs and other arrays in parentheses, plain objects as JSON. */
export function recordText(record: unknown): string {
  if (Array.isArray(record)) return `(${record.map(recordText).join(',')})`;
  if (typeof record !== 'object' || record === null) return String(record);
  return Object.hasOwn(record, 'toString') || Object.getPrototypeOf(record)?.toString !== Object.prototype.toString
    ? String(record)
    : JSON.stringify(record);
}
