import { describe } from 'vitest';
import { flumeJars } from '../../../scripts/services/flume/flumeJars.ts';
import { FLUME_1_9 } from '../../../scripts/services/index.ts';

/** `describe` for tests of agents with Spark's sink; if they cannot be had, a skipped one that says why, but with `CI` set they fail. */
export async function withSparkSink(): Promise<typeof describe | typeof describe.skip> {
  const missing = await flumeJars(FLUME_1_9, '2.3.4').then(
    () => undefined,
    (error: unknown) => String(error).split('\n', 1)[0],
  );
  if (missing === undefined || process.env.CI) return describe;
  process.stderr.write(`\n*** no Flume with Spark's sink: its tests are SKIPPED: ${missing}\n\n`);
  return ((name: string, body: () => void) =>
    describe.skip(`${name} [SKIPPED: no Flume: ${missing}]`, body)) as typeof describe.skip;
}
