import { describe, expect, it } from 'vitest';
import { fencesOf, withAssertions } from './fences.ts';

const asserted = (code: string): string => withAssertions(code).replace(/^import[^;]*;/, '');

describe('examples in the documentation', () => {
  it('are found with the line where they stand and what is to be done with them', () => {
    const page = '# Title\n\n```ts run\nrunMe();\n```\n\n```ts\ncheckMe();\n```\n\n```sh\nnpm test\n```\n';
    expect(fencesOf('docs/page.md', page)).toEqual([
      { where: 'docs/page.md:4', kind: 'run', code: 'runMe();\n', file: 'docs-page-md-4.ts' },
      { where: 'docs/page.md:8', kind: 'check', code: 'checkMe();\n', file: 'docs-page-md-8.ts' },
    ]);
  });

  it('refuse a word after ts that means nothing', () => {
    expect(() => fencesOf('p.md', '```ts runs\nx\n```\n')).toThrow('not ```ts runs');
  });

  it('assert an expression by a comment behind it', () => {
    expect(asserted('sum(1, 2); // => 3')).toBe('expectExample(sum(1, 2)).toEqual(3);');
  });

  it('assert a declared name', () => {
    expect(asserted("const all = await list(); // => ['a']")).toBe(
      "const all = await list(); expectExample(all).toEqual(['a']);",
    );
  });

  it('assert a statement of several lines, up to where it began', () => {
    const code =
      'before();\nconst x = run(\n  source\n    .pipe(y),\n); // => 1\nawait lastValueFrom(\n  z,\n);\n// => 2';
    expect(asserted(code)).toBe(
      'before();\nconst x = run(\n  source\n    .pipe(y),\n); expectExample(x).toEqual(1);\nexpectExample(await lastValueFrom(\n  z,\n)).toEqual(2);',
    );
  });

  it('assert a chain of calls from its first word', () => {
    expect(asserted('values\n  .map(double)\n  .join(); // => "2,4"')).toBe(
      'expectExample(values\n  .map(double)\n  .join()).toEqual("2,4");',
    );
  });
});
