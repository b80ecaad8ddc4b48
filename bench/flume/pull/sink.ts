/** The agent that events are pulled from. */
export interface Sink {
  readonly host: string;
  readonly port: number;
  readonly eventBytes: number;
}

/** What the parent has started. */
export function sink(): Sink {
  const { BENCH_SINK_PORT, BENCH_EVENT_BYTES } = process.env;
  if (BENCH_SINK_PORT === undefined) throw new Error('no agent: npm run bench starts it');
  return { host: '127.0.0.1', port: Number(BENCH_SINK_PORT), eventBytes: Number(BENCH_EVENT_BYTES) };
}
