import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The package's code as users get it: a file for each entry point, and the files of what they share, so that a class is the same
 * one from whichever entry it comes. A program that imports the package opens a handful of files instead of hundreds.
 */
export async function bundle(folder: string): Promise<void> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, { readonly 'rx-dstream:source'?: string }>>;
  };
  const sources = Object.values(exports).map((targets) => targets['rx-dstream:source']);
  await build({
    absWorkingDir: ROOT,
    entryPoints: sources.filter((source) => source !== undefined),
    outbase: 'src',
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: 'shared/[hash]',
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}
