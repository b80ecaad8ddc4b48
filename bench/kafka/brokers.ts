/** The broker a benchmark was given. */
export function brokers(): string[] {
  const given = process.env.BENCH_BROKERS;
  if (given === undefined) throw new Error('expected BENCH_BROKERS: this benchmark needs a Kafka broker');
  return given.split(',');
}
