import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/build/bundle.ts';

const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** A folder with the package and the benchmarks as plain JavaScript. */
export interface CompiledFolder {
  readonly path: string;
  remove(): void;
}

/**
 * Compiles the benchmarks, and the package as it is built. What a loader makes of TypeScript on the fly is up to a third slower
 * (it names every function), and not what users run.
 */
export async function compiled(): Promise<CompiledFolder> {
  const path = mkdtempSync(join(tmpdir(), 'rx-dstream-bench-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'));
    writeFileSync(join(path, 'package.json'), JSON.stringify(manifest()));
    writeFileSync(join(path, 'tsconfig.json'), JSON.stringify(settings(path)));
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', path], { stdio: ['ignore', 'inherit', 'inherit'] });
    await bundle(join(path, 'dist'));
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

/** The package's exports, pointing to what was compiled. */
function manifest(): object {
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, Record<string, string>>;
  };
  const entries = Object.entries(exports).map(([entry, targets]) => [entry, targets.default]);
  return { name, type: 'module', exports: Object.fromEntries(entries) };
}

function settings(outDir: string): object {
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      declaration: false,
      isolatedDeclarations: false,
      rootDir: ROOT,
      outDir,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    include: [join(ROOT, 'src'), join(ROOT, 'bench')],
    exclude: [
      'index.ts',
      'measure/withBroker.ts',
      'measure/withSparkSink.ts',
      'measure/withPushingAgent.ts',
      'measure/withStores.ts',
    ].map((file) => join(ROOT, 'bench', file)),
  };
}
