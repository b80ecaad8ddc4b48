import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BenchResult } from './Bench.ts';

/** Runs one benchmark of a compiled folder in a process of its own. */
export async function inChild(
  folder: string,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly BenchResult[]> {
  return (await runScript(join(folder, 'bench/child.js'), [name], env)) as readonly BenchResult[];
}

/** Runs a script with `--expose-gc` and gives what its last line says, as JSON. */
export async function runScript(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const child = spawn(process.execPath, ['--expose-gc', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}
