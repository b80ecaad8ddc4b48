/**
 * What Spark calls the output of one batch: `<prefix>-<time>[.<suffix>]`, or `<time>[.<suffix>]` without a prefix.
 * `timeMs` is the batch time in milliseconds since the epoch.
 */
export function batchOutputName(prefix: string, suffix: string, timeMs: number): string {
  const stem = prefix === '' ? String(timeMs) : `${prefix}-${timeMs}`;
  return suffix === '' ? stem : `${stem}.${suffix}`;
}
