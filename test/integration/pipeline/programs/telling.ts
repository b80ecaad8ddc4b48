/** How the programs of these tests speak with them. */
import type { StreamingContext } from 'rx-dstream';

/** What a graceful end may take on a busy machine, with all the ticks that wait; ten seconds are the default. */
export const PATIENCE_MS = 60_000;

/** What the test asks for: the JSON in the first argument. */
export function settings<T>(): T {
  return JSON.parse(process.argv[2] as string) as T;
}

/** Tells the test something, as a line of JSON. It is out when this returns, whatever happens to the process then. */
export function tell(event: object): void {
  process.stdout.write(`${JSON.stringify({ ...event, at: performance.now() }, readably)}\n`);
}

/** Tells every progress event. */
export function tellProgress(stream: StreamingContext): void {
  stream.progress$.subscribe(tell);
}

/** Tells that the stream has failed. */
export function tellError(error: unknown): void {
  tell({ type: 'error', error });
}

function readably(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, cause } = value;
  return { name, message, code: (value as NodeJS.ErrnoException).code, cause };
}
