import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './fences.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const shown = [...README.matchAll(/<!-- example: (\S+) -->\n```ts(?: sketch)?\n([\s\S]*?)^```$/gm)];

describe('the examples shown in README', () => {
  it('are there', () => expect(shown.length).toBeGreaterThanOrEqual(2));

  it.each(shown.map(([, file, code]) => [file, code] as const))('%s is the program itself', (file, code) => {
    expect(code).toBe(readFileSync(join(ROOT, file as string), 'utf8'));
  });
});
