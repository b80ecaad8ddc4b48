/**
 * `npm run bench`: a table of all benchmarks, `-- NAME...` for some (`kafka`: all whose names begin so), `-- --json FILE` for the
 * figures as JSON. The sources are compiled first, as users get them; each benchmark runs in a process of its own.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { BENCHES } from './benches.ts';
import type { BenchResult, BenchRow } from './measure/Bench.ts';
import { compiled } from './measure/compiled.ts';
import { inChild } from './measure/inChild.ts';
import { tableOf } from './measure/tableOf.ts';
import { withBroker } from './measure/withBroker.ts';
import { withPushingAgent } from './measure/withPushingAgent.ts';
import { withSparkSink } from './measure/withSparkSink.ts';
import { withStores } from './measure/withStores.ts';

/** What benchmarks are given a server, by how their names begin. */
const SERVERS = [
  ['flume-pull', withSparkSink],
  ['flume-push', withPushingAgent],
  ['stores-zookeeper', withStores],
  ['kafka', withBroker],
  ['receiver', withBroker],
] as const;

const { names, json } = commandLine(process.argv.slice(2));
const folder = await compiled();
const results: BenchResult[] = [];
try {
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  const serverOf = (name: string) => SERVERS.find(([prefix]) => name.startsWith(prefix));
  for (const name of names) if (serverOf(name) === undefined) await run(name);
  for (const server of SERVERS) {
    const served = names.filter((name) => serverOf(name) === server);
    if (served.length === 0) continue;
    await server[1](
      async (env) => {
        for (const name of served) await run(name, env);
      },
      (reason) => tell(served.map((name) => ({ name, skipped: reason }))),
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
  const asked = args.filter((_, n) => at < 0 || (n !== at && n !== at + 1));
  const all = Object.keys(BENCHES);
  const isMeant = (name: string, word: string): boolean => name === word || name.startsWith(`${word}-`);
  const unknown = asked.filter((word) => !all.some((name) => isMeant(name, word)));
  if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}`);
  const picked = all.filter((name) => asked.some((word) => isMeant(name, word)));
  return { names: picked.length > 0 ? picked : all, json: file };
}
