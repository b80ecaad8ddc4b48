/** A record as Spark writes it: texts as they are, pairs and other arrays in parentheses, plain objects as JSON. */
export function recordText(record: unknown): string {
  if (Array.isArray(record)) return `(${record.map(recordText).join(',')})`;
  if (typeof record !== 'object' || record === null) return String(record);
  const own = (record as Partial<object>).toString;
  return own === undefined || own === Object.prototype.toString ? jsonText(record) : String(record);
}

/** An object without a text of its own. What JSON cannot show (a cycle, a bigint) is no reason to fail. */
function jsonText(record: object): string {
  try {
    return JSON.stringify(record);
  } catch {
    return '[object Object]';
  }
}
