import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../docs/fences.ts';

/** What the compiler says about this code. */
function compilerSays(code: string): string {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.types-'));
  try {
    writeFileSync(join(folder, 'code.ts'), `import { of } from 'rxjs';\n${code}\n`);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['code.ts'] }),
    );
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('the compiler says in words that a pair operator needs pairs, and how to make them', () => {
  const code = (operator: string): string =>
    `import { batchInterval, groupByKey, mapRecords } from 'rx-dstream';
     of('a').pipe(batchInterval(1000), ${operator}groupByKey());`;
  expect(compilerSays(code('mapRecords((word) => [word, 1] as const), '))).toBe('');
  expect(compilerSays(code(''))).toContain(
    'pairs are expected here: make them first with mapRecords((record) => [key, value] as const)',
  );
});

it('the compiler says in words that two streams have no key in common, and what to do', () => {
  const code = (options: string): string =>
    `import { batchInterval, join, mapRecords } from 'rx-dstream';
     const words = of('a').pipe(batchInterval(1000));
     const byLength = words.pipe(mapRecords((word) => [word.length, word] as const));
     words.pipe(mapRecords((word) => [word, 1] as const), join(byLength${options}));`;
  expect(compilerSays(code(', { keyOf: String }'))).toBe('');
  expect(compilerSays(code(''))).toContain(
    'no key of one stream can equal a key of the other: make keys of one type with mapRecords, or give { keyOf }',
  );
});
