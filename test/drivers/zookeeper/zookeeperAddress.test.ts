import { expect, it } from 'vitest';
import { zookeeperAddress } from '../../../src/drivers/zookeeper/zookeeperAddress.ts';

it('reads servers and the node below which everything is', () => {
  expect(zookeeperAddress('zookeeper', 'zk1')).toEqual({ servers: ['zk1:2181'], chroot: '' });
  expect(zookeeperAddress('zookeeper', 'zk1:2181, 10.0.0.2:2182/app/x')).toEqual({
    servers: ['zk1:2181', '10.0.0.2:2182'],
    chroot: '/app/x',
  });
  expect(zookeeperAddress('zookeeper', 'zk1/')).toEqual({ servers: ['zk1:2181'], chroot: '' });
});

it('refuses what the client would misread', () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /zookeeper: expected servers like "zk1:2181,zk2:2181\/chroot", got undefined/],
    ['', /expected servers like/],
    ['[::1]:2181', /servers by name or IPv4 address.*takes no IPv6 address: give it a name/],
    ['fe80::1', /IPv6/],
    ['zk1:2181,::1:2181', /IPv6/],
    ['zk1:', /expected servers like zk1:2181, got "zk1:"/],
    ['zk1:port', /got "zk1:port"/],
    ['zk1:70000', /got "zk1:70000"/],
    ['zk1,,zk2', /got ""/],
    [':2181', /got ":2181"/],
    ['zk1:2181/a//b', /expected a node like \/chroot after the servers/],
    ['zk1:2181/a/', /expected a node like \/chroot/],
  ];
  for (const [text, message] of wrong) expect(() => zookeeperAddress('zookeeper', text)).toThrow(message);
});
