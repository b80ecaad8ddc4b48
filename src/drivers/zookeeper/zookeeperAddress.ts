import { refuse } from '../../core/arguments.ts';
import { isZooKeeperPath } from './zookeeperPath.ts';

/** Which ZooKeeper: its servers, and the node that everything is kept below. */
export interface ZooKeeperAddress {
  /** `host:port` each. */
  readonly servers: readonly string[];
  /** A path, or empty for the root. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;

/** Reads `host1:2181,host2:2181/chroot`, or throws `INVALID_ARGUMENT`. */
export function zookeeperAddress(where: string, text: unknown): ZooKeeperAddress {
  if (typeof text !== 'string' || text === '') refuse(where, 'servers like "zk1:2181,zk2:2181/chroot"', text);
  const slash = text.indexOf('/');
  const chroot = slash < 0 || slash === text.length - 1 ? '' : text.slice(slash);
  if (chroot !== '' && !isZooKeeperPath(chroot)) refuse(where, 'a node like /chroot after the servers', text);
  const listed = slash < 0 ? text : text.slice(0, slash);
  return { servers: listed.split(',').map((server) => checkedServer(where, server.trim())), chroot };
}

function checkedServer(where: string, server: string): string {
  const [host = '', port = String(DEFAULT_PORT), ...more] = server.split(':');
  if (more.length > 0 || server.includes('[')) {
    refuse(
      where,
      'servers by name or IPv4 address',
      server,
      'The client takes no IPv6 address: give it a name, for example in /etc/hosts.',
    );
  }
  const number = Number(port);
  if (host === '' || !/^\d+$/.test(port) || number < 1 || number > 65_535) {
    refuse(where, 'servers like zk1:2181', server);
  }
  return `${host}:${number}`;
}
