import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

/** Where a program is on the `PATH`, if it is. */
export function onPath(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/**
 * A program from the `PATH`, or where else `find` looks for it; if it is missing, root on a Debian gets it from the packages named.
 */
export async function program(
  name: string,
  aptPackages: readonly string[],
  find: (name: string) => string | undefined = onPath,
): Promise<string> {
  const found = find(name) ?? ((await installed(aptPackages)) ? find(name) : undefined);
  if (found) return found;
  throw new Error(`no ${name} on the PATH: install it, for example with "apt-get install -y ${aptPackages.join(' ')}"`);
}

async function installed(aptPackages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  process.stderr.write(`installing ${aptPackages.join(' ')} ...\n`);
  const options = ['-y', '-qq', '-o', 'DPkg::Lock::Timeout=180'];
  const env = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options];
  await run('env', [...env, 'update']);
  await run('env', [...env, 'install', '--no-install-recommends', ...aptPackages]);
  return true;
}
