import { describe, expect, it } from 'vitest';
import { folderPattern } from '../../../src/sources/directory/folderPattern.ts';

describe('a path', () => {
  it.each([
    ['logs', 'logs', 0],
    ['/var/log', '/var/log', 0],
    ['logs/a\\*b', 'logs/a*b', 0],
    ['logs/*', 'logs', 1],
    ['*', '.', 1],
    ['/*/in', '/', 2],
    ['a/b?/c/d', 'a', 3],
  ])('%s begins in %s, with %i parts after it', (path, base, count) => {
    const pattern = folderPattern('here', path);
    expect([pattern.base, pattern.parts.length]).toEqual([base, count]);
  });

  it.each([
    ['sub*', ['sub', 'sub1', 'sub.x'], ['asub', 'su']],
    ['a?c', ['abc', 'a.c'], ['ac', 'abbc']],
    ['[ab]1', ['a1', 'b1'], ['c1', 'ab1']],
    ['[a-c]1', ['b1'], ['d1', '-1']],
    ['[^a-c]1', ['d1'], ['b1']],
    ['{in,out}-*', ['in-1', 'out-'], ['inout-', 'other']],
    ['{a*,[0-9]}.d', ['ab.d', '7.d'], ['abxd', '77.d']],
    ['a.b+(c)*', ['a.b+(c)d'], ['aXb+(c)', 'a.bb(c)']],
    ['x\\*y*', ['x*y', 'x*yz'], ['xay']],
    ['[[]*', ['[a'], ['a']],
    ['ü*', ['über'], ['uber']],
  ])('with the folder name %s selects %j and not %j', (name, matching, others) => {
    const [part] = folderPattern('here', `base/${name}`).parts as [RegExp];
    expect([...matching, ...others].filter((folder) => part.test(folder))).toEqual(matching);
  });

  it.each(['a/[b', 'a/{b', 'a/{b/c}', 'a/*}', 'a/[b/c]', 'a/[z-a]*'])('%s is refused', (path) => {
    expect(() => folderPattern('here', path)).toThrow(
      /^here: expected .* in the same folder name|^here: expected wildcards/,
    );
  });
});
