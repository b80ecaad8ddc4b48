/** The pages hold together: links lead somewhere, and the index of decisions lists every record as it calls itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './fences.ts';

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

it('a link to a file of the project leads to one', () => {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`);
  const atRoot = readdirSync(ROOT);
  const pages = [...atRoot, ...inDocs].filter((path) => path.endsWith('.md'));
  const broken = pages.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page} links to ${target}`),
  );
  expect(pages).toContain('CONTRIBUTING.md');
  expect(broken).toEqual([]);
});

it('every decision record stands in the index with its title and status', () => {
  const records = readdirSync(join(ROOT, 'docs/decisions')).filter((file) => /^\d{4}-/.test(file));
  const wanted = records.map((file) => {
    const [, number, title, status] = /^# (\d{4}): (.+)\n\nStatus: (.+)$/m.exec(read(`docs/decisions/${file}`)) ?? [];
    return `| [${number}](${file}) | ${title} | ${status} |`;
  });
  const rows = read('docs/decisions/README.md').match(/^\| \[\d{4}\].*$/gm);
  expect(rows).toEqual(wanted);
});
