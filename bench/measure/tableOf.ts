import { type BenchResult, isLowerBetter } from './Bench.ts';

/** A result as lines of text: our figure, each peer's, and how many times better ours is. */
export function tableOf(result: BenchResult): string {
  if ('skipped' in result) return `${result.name}\n  SKIPPED: ${result.skipped}\n`;
  const { name, unit, ours, peers, notes = [] } = result;
  const lower = isLowerBetter(result);
  const lines = Object.entries(peers).map(([peer, theirs]) => {
    const times = (lower ? theirs / ours : ours / theirs).toFixed(2);
    const than = ours > 0 && theirs > 0 ? `ours is ${times} x` : 'one of the two is within the noise';
    return `  ${peer.padEnd(32)} ${figure(theirs).padStart(12)}   ${than}`;
  });
  return [
    `${name}, ${unit} (${lower ? 'lower' : 'higher'} is better)`,
    `  ${'rx-dstream'.padEnd(32)} ${figure(ours).padStart(12)}`,
    ...lines,
    ...notes.map((note) => `  ${note}`),
    '',
  ].join('\n');
}

function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
