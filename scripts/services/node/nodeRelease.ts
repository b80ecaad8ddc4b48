import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { run } from '../run.ts';

/** The newest Node of a major version, from npm's `node` package: the path of its `node`. Fetched once. */
export async function nodeRelease(major: number): Promise<string> {
  const folder = await cachedFolder(`node-${major}`, async (draft) => {
    const install = (name: string): Promise<string> =>
      run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', draft, `${name}@${major}`]);
    await install('node');
    // Where npm runs no install scripts, `node` stays empty and the package of this platform has to be named.
    if (!existsSync(join(draft, BINARY))) {
      const platform = `node-${process.platform}-${process.arch}`;
      await install(platform);
      await run('mkdir', ['-p', join(draft, 'node_modules/node/bin')]);
      await run('cp', [join(draft, 'node_modules', platform, 'bin/node'), join(draft, BINARY)]);
    }
  });
  return join(folder, BINARY);
}

const BINARY = join('node_modules', 'node', 'bin', 'node');
