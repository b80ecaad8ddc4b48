/** What reading a topic once came to. */
export interface Reading {
  /** The most memory that was resident, in MB, Node and all code included. */
  readonly peakMB: number;
  readonly bytes: number;
}

/** Reads a topic once, its output standing still for a while at the first batch; says what it came to and ends the process. */
export async function tellReading(
  read: (topic: string, records: number, stallMs: number) => Promise<number>,
): Promise<never> {
  const [topic = '', records, stallMs] = process.argv.slice(2);
  const bytes = await read(topic, Number(records), Number(stallMs));
  const reading: Reading = { peakMB: process.resourceUsage().maxRSS / 1024, bytes };
  console.log(JSON.stringify(reading));
  process.exit(0);
}
