/** What one output made of one batch: a line in the file of its life. */
export interface Written {
  readonly time: number;
  readonly output: string;
  /** The records as text, so that what is no JSON can be told apart too. */
  readonly records: readonly string[];
}

/** The line, with its end. */
export function writtenLine(time: number, output: string, records: readonly unknown[]): string {
  const written: Written = { time, output, records: records.map(asText) };
  return `${JSON.stringify(written)}\n`;
}

/** The lines of a file; the last one is left out if it was cut short. */
export function writtenIn(text: string): readonly Written[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Written);
}

function asText(record: unknown): string {
  return JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
