/**
 * `npm run bench`: a table of our figures beside those of our peers, measured in one run.
 * `-- NAME...` picks benchmarks or rows by the beginning of their names; `-- --json FILE` writes the rows.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BENCHES } from './benches.ts';
import { type BenchResult, type BenchRow, isLowerBetter } from './measure/Bench.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const wanted = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const rows: BenchRow[] = [];
let failed = 0;

for (const name of chosen(wanted)) {
  console.error(`${name} ...`);
  try {
    for (const result of await runAlone(name)) {
      if (!isWanted(result.name)) continue;
      if ('skipped' in result) console.log(`${result.name}: SKIPPED: ${result.skipped}`);
      else {
        rows.push(result);
        printRow(result);
      }
    }
  } catch (error) {
    failed++;
    console.log(`${name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (values.json !== undefined) {
  const plain = rows.map(({ name, unit, ours, peers }) => ({ name, unit, ours, peers }));
  writeFileSync(values.json, `${JSON.stringify(plain, null, 2)}\n`);
}
process.exitCode = failed > 0 ? 1 : 0;

/** The benchmarks that give what was asked for; a name may be a benchmark's or one of its rows'. */
function chosen(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (Object.keys(BENCHES).some((bench) => name.startsWith(bench))) continue;
    console.error(`no benchmark '${name}'; there are ${Object.keys(BENCHES).join(', ')}`);
    process.exit(2);
  }
  return Object.keys(BENCHES).filter((bench) => names.some((name) => name.startsWith(bench)));
}

function isWanted(row: string): boolean {
  return wanted.some((name) => row.startsWith(name) || (name in BENCHES && row.startsWith(name)));
}

/** Each benchmark gets a process of its own, so that none finds the heap and the compiled code of another. */
function runAlone(name: string): Promise<readonly BenchResult[]> {
  const program = fileURLToPath(new URL('child.ts', import.meta.url));
  const args = [...process.execArgv, '--expose-gc', program, name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const last = output.trimEnd().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(last) as readonly BenchResult[]);
      else reject(new Error(`the benchmark ended with code ${code}`));
    });
  });
}

function printRow(row: BenchRow): void {
  const better = isLowerBetter(row) ? 'lower is better' : 'higher is better';
  console.log(`\n${row.name} (${row.unit}, ${better})`);
  const width = Math.max('rx-dstream'.length, ...Object.keys(row.peers).map((peer) => peer.length));
  console.log(`  ${'rx-dstream'.padEnd(width)}  ${figure(row.ours)}`);
  for (const [peer, theirs] of Object.entries(row.peers)) {
    const times = isLowerBetter(row) ? theirs / row.ours : row.ours / theirs;
    console.log(`  ${peer.padEnd(width)}  ${figure(theirs)}  ours is ${times.toFixed(2)} x`);
  }
  for (const note of row.notes ?? []) console.log(`  ${note}`);
}

function figure(value: number): string {
  const text = value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
  return text.padStart(14);
}
