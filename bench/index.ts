/**
 * `npm run bench`: a table of all benchmarks, `-- NAME...` for some, `-- --json FILE` for the figures as JSON. The sources are
 * compiled first, as users get them; each benchmark runs in a process of its own.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { BENCHES } from './benches.ts';
import type { BenchResult, BenchRow } from './measure/Bench.ts';
import { compiled } from './measure/compiled.ts';
import { inChild } from './measure/inChild.ts';
import { tableOf } from './measure/tableOf.ts';
import { withBroker } from './measure/withBroker.ts';

const { names, json } = commandLine(process.argv.slice(2));
const folder = await compiled();
const results: BenchResult[] = [];
try {
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  const local = names.filter((name) => !name.startsWith('kafka'));
  const kafka = names.filter((name) => name.startsWith('kafka'));
  for (const name of local) await run(name);
  if (kafka.length > 0) {
    await withBroker(
      async (env) => {
        for (const name of kafka) await run(name, env);
      },
      (reason) => tell(kafka.map((name) => ({ name, skipped: reason }))),
    );
  }
} finally {
  folder.remove();
}
const measured = results.filter((result): result is BenchRow => !('skipped' in result));
if (json !== undefined) {
  const rows = measured.map(({ name, unit, ours, peers }) => ({ name, unit, ours, peers }));
  writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
}
const skipped = results.length - measured.length;
console.log(`${measured.length} measured, ${skipped} skipped`);

/** A benchmark that fails does not keep the others from running. */
async function run(name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  try {
    tell(await inChild(folder.path, name, env));
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}\n  FAILED: ${error instanceof Error ? error.message : error}\n`);
  }
}

function tell(added: readonly BenchResult[]): void {
  results.push(...added);
  for (const result of added) console.log(tableOf(result));
}

function commandLine(args: readonly string[]): {
  readonly names: readonly string[];
  readonly json: string | undefined;
} {
  const at = args.indexOf('--json');
  const file = at < 0 ? undefined : args[at + 1];
  if (at >= 0 && file === undefined) throw new Error('--json: expected a file name after it');
  const picked = args.filter((_, n) => at < 0 || (n !== at && n !== at + 1));
  const unknown = picked.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) {
    throw new Error(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  }
  return { names: picked.length > 0 ? picked : Object.keys(BENCHES), json: file };
}
