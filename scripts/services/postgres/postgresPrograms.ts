import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onPath, program } from '../programs.ts';

/** Debian keeps the server's programs off the `PATH`, each version in a folder of its own. */
const VERSIONS = '/usr/lib/postgresql';

/** The folder that holds `postgres` and `initdb`: of the `PATH`, of Debian's newest version, or from apt (as root on a Debian). */
export async function postgresPrograms(): Promise<string> {
  const folder = dirname(
    realpathSync(await program('postgres', ['postgresql'], (name) => onPath(name) ?? newest(name))),
  );
  if (!existsSync(join(folder, 'initdb'))) throw new Error(`no PostgreSQL: ${folder} holds postgres, but no initdb`);
  return folder;
}

function newest(name: string): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin', name))
    .find((file) => existsSync(file));
}
