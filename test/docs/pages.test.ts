/** The pages hold together: links lead somewhere, and the index of decisions lists every record as it calls itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './fences.ts';

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const PAGES = [
  ...readdirSync(ROOT),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
].filter((path) => path.endsWith('.md'));
const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

it('a link to a file of the project leads to one', () => {
  const broken = PAGES.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page} links to ${target}`),
  );
  expect(PAGES).toContain('CONTRIBUTING.md');
  expect(broken).toEqual([]);
});

it('a link to a heading leads to one', () => {
  const broken = PAGES.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^)\s#:]*)#([^)\s]+)\)/g)]
      .map(
        ([, target = '', heading]) => [target === '' ? page : join(dirname(page), target), heading as string] as const,
      )
      .filter(([target, heading]) => target.endsWith('.md') && !headings(target).has(heading))
      .map(([target, heading]) => `${page} links to ${target}#${heading}`),
  );
  expect(broken).toEqual([]);
});

/** As GitHub names them in links. */
function headings(page: string): ReadonlySet<string> {
  const titles = [...withoutCode(read(page)).matchAll(/^#{1,6} (.*)$/gm)].map((match) => match[1] as string);
  const plain = titles.map((title) =>
    title
      .trim()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase(),
  );
  return new Set(plain.map((title) => title.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')));
}

it('every decision record stands in the index with its title and status', () => {
  const records = readdirSync(join(ROOT, 'docs/decisions')).filter((file) => /^\d{4}-/.test(file));
  const wanted = records.map((file) => {
    const [, number, title, status] = /^# (\d{4}): (.+)\n\nStatus: (.+)$/m.exec(read(`docs/decisions/${file}`)) ?? [];
    return `| [${number}](${file}) | ${title} | ${status} |`;
  });
  const rows = read('docs/decisions/README.md').match(/^\| \[\d{4}\].*$/gm);
  expect(rows).toEqual(wanted);
});
