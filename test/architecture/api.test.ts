/**
 * The public surface, entry point by entry point, as committed in docs/api: a change of it is a change of those files,
 * to be seen in review. Accept one with `npx vitest run --project unit test/architecture/api.test.ts -u`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicSurface } from './publicSurface.ts';
import { ROOT } from './sourceFiles.ts';

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string }>;
};
const entryPoints = Object.entries(exports).map(([subpath, { types }]) => ({
  name: `rx-dstream${subpath.slice(1)}`,
  golden: join('../../docs/api', `${subpath === '.' ? 'index' : subpath.slice(2)}.d.ts`),
  declarations: relative('dist', types),
}));

describe('the public API', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rx-dstream-api-'));
    const options = ['--emitDeclarationOnly', '--removeComments', '--sourceMap', 'false', '--outDir', folder];
    try {
      execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', ...options], { cwd: ROOT });
    } catch (error) {
      // Declarations are written in spite of type errors; those are the business of `npm run types`.
      if (!existsSync(join(folder, 'index.d.ts'))) throw error;
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(entryPoints)('of $name is what docs/api says', async ({ name, golden, declarations }) => {
    const surface = publicSurface(join(folder, declarations));
    await expect(`// ${name}\n\n${surface}\n`).toMatchFileSnapshot(golden);
  });

  it('has no golden file without an entry point', () => {
    const known = entryPoints.map(({ golden }) => relative('../../docs/api', golden));
    expect(readdirSync(join(ROOT, 'docs/api')).filter((file) => !known.includes(file))).toEqual([]);
  });
});
