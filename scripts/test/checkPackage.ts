import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../services/run.ts';
import { ROOT } from './steps.ts';

/**
 * Packs the package as npm would publish it and uses it as a stranger would: plain Node, plain TypeScript. The root must
 * load with nothing but rxjs installed; every subpath must load with its peers and have types.
 */
export async function checkPackage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-package-'));
  try {
    const installed = await pack(folder);
    const { exports, dependencies = {} } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    ) as Manifest;
    const names = Object.keys(exports).map((subpath) => `rx-dstream${subpath.slice(1)}`);
    expectFiles(installed, exports);
    const root = await loadAlone(folder);
    await loadAll(folder, names, ['kafkajs', 'ioredis', ...Object.keys(dependencies)]);
    await checkTypes(folder, names);
    return `${root}\n${names.length} entry points load and have types: ${names.join(', ')}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Manifest {
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function pack(folder: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT });
  const installed = join(folder, 'node_modules', 'rx-dstream');
  mkdirSync(installed, { recursive: true });
  const archive = (await run('ls', [folder])).split('\n').find((file) => file.endsWith('.tgz'));
  await run('tar', ['-xzf', join(folder, `${archive}`), '-C', installed, '--strip-components=1']);
  link(folder, 'rxjs');
  return installed;
}

function expectFiles(installed: string, exports: Manifest['exports']): void {
  const wanted = [
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    ...Object.values(exports).flatMap((entry) => Object.values(entry)),
  ];
  const missing = wanted.filter((file) => !existsSync(join(installed, file)));
  if (missing.length > 0) throw new Error(`the package lacks ${missing.join(', ')}`);
  if (existsSync(join(installed, 'test'))) throw new Error('the package carries tests: see "files" in package.json');
}

/** Only rxjs is there. Every module that gets resolved is reported, so that a lazily missed one is seen too. */
async function loadAlone(folder: string): Promise<string> {
  writeFileSync(
    join(folder, 'hooks.mjs'),
    `import { writeSync } from 'node:fs';
     export async function resolve(specifier, context, next) {
       const found = await next(specifier, context);
       writeSync(1, 'LOADED ' + found.url + '\\n');
       return found;
     }`,
  );
  writeFileSync(
    join(folder, 'root.mjs'),
    `import { register } from 'node:module';
     register('./hooks.mjs', import.meta.url);
     const begun = performance.now();
     await import('rx-dstream');
     console.log('TIME ' + (performance.now() - begun).toFixed(0));`,
  );
  const lines = (await run(process.execPath, ['root.mjs'], { cwd: folder })).split('\n');
  const loaded = lines.filter((line) => line.startsWith('LOADED ')).map((line) => line.slice('LOADED '.length));
  const own = loaded.filter((url) => url.includes('/rx-dstream/dist/'));
  const foreign = loaded.filter((url) => !own.includes(url) && !url.includes('/node_modules/rxjs/'));
  if (own.length === 0) throw new Error(`importing rx-dstream loaded nothing of it: ${lines.join('\n')}`);
  const notAllowed = foreign.filter((url) => !url.startsWith('node:'));
  if (notAllowed.length > 0) throw new Error(`importing rx-dstream loads more than rxjs: ${notAllowed.join(', ')}`);
  const time = lines.find((line) => line.startsWith('TIME '))?.slice('TIME '.length);
  const builtins = foreign.length === 0 ? '' : `, ${[...new Set(foreign)].join(', ')}`;
  return `importing rx-dstream: ${new Set(own).size} modules of its own and rxjs${builtins}; ${time} ms`;
}

async function loadAll(folder: string, names: readonly string[], packages: readonly string[]): Promise<void> {
  for (const name of packages) link(folder, name);
  const lines = names.map(
    (name) => `if (Object.keys(await import('${name}')).length === 0) throw new Error('${name} exports nothing');`,
  );
  writeFileSync(join(folder, 'all.mjs'), lines.join('\n'));
  await run(process.execPath, ['all.mjs'], { cwd: folder });
}

/** The declarations are checked themselves too (`skipLibCheck` off), with the settings of a careful user. */
async function checkTypes(folder: string, names: readonly string[]): Promise<void> {
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
  link(folder, '@types/node');
  link(folder, 'undici-types');
  const imports = names.map(
    (name, i) => `import * as m${i} from '${name}';\nexport const e${i}: typeof m${i} = m${i};`,
  );
  writeFileSync(join(folder, 'consumer.mts'), imports.join('\n'));
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  await run(join(ROOT, 'node_modules/.bin/tsc'), [...options, 'consumer.mts'], { cwd: folder });
}

function link(folder: string, name: string): void {
  symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
}
