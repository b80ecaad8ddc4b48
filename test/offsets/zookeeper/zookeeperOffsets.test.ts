import { describe, expect, it } from 'vitest';
import { zookeeperOffsets } from '../../../src/offsets/zookeeper/zookeeperOffsets.ts';

const zookeeper = '127.0.0.1:1';

describe('zookeeperOffsets', () => {
  it('opens no connection before its first call', async () => {
    const store = zookeeperOffsets({ zookeeper, group: 'wordcount' });
    expect(store.name).toBe('zookeeper wordcount');
    await store.close();
  });

  it('a ZooKeeper that is not there is OFFSET_STORE_UNAVAILABLE, and the message shows no password', async () => {
    const store = zookeeperOffsets({ zookeeper, group: 'wordcount', auth: 'ann:secret' });
    const offsets = [{ topic: 'lines', partition: 0, until: 1, expected: undefined }];
    for (const [act, call] of [
      ['load', () => store.load({})],
      ['own', () => store.own()],
      ['commit', () => store.commit(offsets)],
    ] as const) {
      const failure = await call().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'OFFSET_STORE_UNAVAILABLE',
        retriable: true,
        message: expect.stringMatching(
          new RegExp(`^zookeeperOffsets ${act}: ZooKeeper at 127\\.0\\.0\\.1:1 cannot be reached: .*ECONNREFUSED`),
        ),
      });
      expect((failure as Error).message).not.toContain('secret');
    }
    await store.close();
  });

  it('refuses a commit of what is no offset without asking ZooKeeper', async () => {
    const store = zookeeperOffsets({ zookeeper, group: 'wordcount' });
    const wrong = [{ topic: 'lines', partition: 0, until: -1, expected: undefined }];
    await expect(store.commit(wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(store.commit([])).resolves.toEqual({ foreign: [] });
    await store.close();
  });

  it('refuses wrong options where they are written', () => {
    const places = (topics: unknown, epoch: unknown) => () => ({ topics, epoch });
    const wrong: [object | undefined, RegExp][] = [
      [undefined, /zookeeperOffsets: expected options like \{ zookeeper: 'zk1:2181', group: 'wordcount' \}/],
      [
        { group: 'g' },
        /zookeeperOffsets\(zookeeper\): expected servers like "zk1:2181,zk2:2181\/chroot", got undefined/,
      ],
      [{ zookeeper }, /zookeeperOffsets\(group\): expected a text that is not empty/],
      [
        { zookeeper, group: 'g', layout: 'flat' },
        /\(layout\): expected "spark", "kafka-0.8" or a function, got "flat"/,
      ],
      [{ zookeeper, group: 'g', root: 'offsets' }, /\(root\): expected a node like \/offsets, got "offsets"/],
      [
        { zookeeper, group: 'g', root: '/x', layout: 'kafka-0.8' },
        /\(root\): expected none, except with layout "spark"/,
      ],
      [{ zookeeper, group: 'g', layout: places('t', '/e') }, /\(layout topics\): expected a node like/],
      [{ zookeeper, group: 'g', layout: places('/t', undefined) }, /\(layout epoch\): expected a node like/],
      [
        { zookeeper, group: 'g', layout: places('/t', '/t/lines/e') },
        /\(layout epoch\): expected a node that is none of/,
      ],
      [{ zookeeper, group: 'g', layout: places('/t', '/t') }, /\(layout epoch\)/],
      [{ zookeeper, group: 'g', auth: 'secret' }, /\(auth\): expected a text user:password, got "one without a colon"/],
      [{ zookeeper, group: 'g', acl: 'creator' }, /\(auth\): expected user:password with acl "creator"/],
      [{ zookeeper, group: 'g', acl: [] }, /\(acl\): expected "open", "creator" or a list/],
      [{ zookeeper, group: 'g', acl: [null] }, /\(acl\[0\]\): expected \{ scheme, id, permissions \}, got null/],
      [
        { zookeeper, group: 'g', acl: [{ scheme: 'world', id: 'anyone' }] },
        /\(acl\[0\]\.permissions\): expected some of read, write, create, delete, admin, got undefined/,
      ],
      [
        { zookeeper, group: 'g', acl: [{ scheme: 'world', id: 'anyone', permissions: ['all'] }] },
        /\(acl\[0\]\.permissions\): expected some of read/,
      ],
      [{ zookeeper, group: 'g', acl: [{ scheme: '', id: '', permissions: ['read'] }] }, /\(acl\[0\]\.scheme\)/],
      [{ zookeeper, group: 'g', acl: [{ scheme: 'ip', permissions: ['read'] }] }, /\(acl\[0\]\.id\): expected a text/],
      [
        { zookeeper, group: 'g', commandTimeoutMs: Number.POSITIVE_INFINITY },
        /\(commandTimeoutMs\): expected milliseconds above 0 and at most 2147483647 \(24 days\), got Infinity/,
      ],
      [{ zookeeper, group: 'g', sessionTimeoutMs: 2 ** 31 }, /\(sessionTimeoutMs\): expected milliseconds/],
      [{ zookeeper, group: 'g', commandTimeoutMs: 0 }, /\(commandTimeoutMs\): expected milliseconds above 0/],
      [{ zookeeper, group: 'g', sessionTimeoutMs: -1 }, /\(sessionTimeoutMs\): expected milliseconds above 0/],
      [{ zookeeper, group: 'g', maxRequestBytes: 0.5 }, /\(maxRequestBytes\): expected a whole number of at least 1/],
    ];
    for (const [options, message] of wrong) expect(() => zookeeperOffsets(options as never)).toThrow(message);
  });
});
