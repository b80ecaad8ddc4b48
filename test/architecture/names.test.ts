/** In the rooms that users compose from, a file is found by the name of what it exports, and holds nothing else. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './sourceFiles.ts';

const rooms = ['operators/', 'outputs/'];
const files = sourceFiles.filter(
  ({ path }) => rooms.some((room) => path.startsWith(room)) && basename(path) !== 'index.ts',
);

describe('names', () => {
  it('each of their files exports one value, named as the file', () => {
    const wrong = files.flatMap(({ path, code }) => {
      const exported = code.matchAll(/^export\s+(?:async\s+)?(?:function\*?|const|let|class|abstract class)\s+(\w+)/gm);
      const names = [...new Set([...exported].map((match) => match[1]))];
      const reexports = /^export\s+(?:\{|\*|default)/m.test(code);
      return names.join() === basename(path, '.ts') && !reexports ? [] : [`${path} exports ${names.join(', ')}`];
    });
    expect(files.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('no file is called by a word that fits everything', () => {
    const vague = /(?:^|[/.])(?:utils?|helpers?|common|misc)(?:[/.]|$)/i;
    expect(sourceFiles.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });
});
