import { expect, it } from 'vitest';
import { isZooKeeperPath, nameText, nodeName, nodesAbove } from '../../../src/drivers/zookeeper/zookeeperPath.ts';

it('a name that ZooKeeper takes is itself, and any other comes back from what stands for it', () => {
  for (const plain of ['lines', 'a.b_c-d', '_epoch', 'größe', 'a b', '日本', '...', '12', '{x}[y]*?"\\']) {
    expect(nodeName(plain)).toBe(plain);
  }
  const odd = ['', '.', '..', 'a/b', '100%', '%2F', 'line\nbreak', '🚀', '\u0000', '\u007f', '\ue000', '\uffff', '%'];
  for (const text of odd) {
    expect(isZooKeeperPath(`/${nodeName(text)}`), text).toBe(true);
    expect(nameText(nodeName(text))).toBe(text);
  }
  expect(new Set(odd.map(nodeName)).size).toBe(odd.length);
});

it('a name that stands for nothing is itself', () => {
  for (const name of ['100%', '%zz', '%F0%9F']) expect(nameText(name)).toBe(name);
});

it('tells the paths that ZooKeeper takes', () => {
  for (const path of ['/a', '/a/b c/0', '/a...b']) expect(isZooKeeperPath(path)).toBe(true);
  for (const path of ['', '/', 'a', '/a/', '//a', '/a//b', '/.', '/a/..', '/a/./b', '/a\nb', '/🚀']) {
    expect(isZooKeeperPath(path), path).toBe(false);
  }
});

it('names the nodes above from the top down', () => {
  expect(nodesAbove('/a/b/c')).toEqual(['/a', '/a/b']);
  expect(nodesAbove('/a')).toEqual([]);
});
