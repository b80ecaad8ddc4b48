import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ChildServer } from '../ChildServer.ts';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { program } from '../programs.ts';
import { zookeeperJars } from './zookeeperJars.ts';

export const ZOOKEEPER = '3.9.5';

/** A running ZooKeeper: `kill9`, `freeze`, `thaw`, `restart` (same port, same data), `stop` (for good). */
export interface ZookeeperServer {
  readonly server: ChildServer;
  readonly version: string;
  /** `127.0.0.1:port`, for a client. */
  readonly hosts: string;
  readonly port: number;
  kill9(): Promise<void>;
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** How a ZooKeeper is started. */
export interface ZookeeperOptions {
  /** Milliseconds of its clock; sessions live from 2 to 20 of them (at most a minute). Default 1000. */
  readonly tickTime?: number;
}

/** Starts a single ZooKeeper on a free port in a folder of its own. */
export async function startZookeeper({ tickTime = 1000 }: ZookeeperOptions = {}): Promise<ZookeeperServer> {
  const [port] = (await freePorts(1)) as [number];
  return startMember({ port, tickTime });
}

/** One server: alone, or a member of an ensemble, which has an `id` and knows the others by its `settings`. */
export interface MemberOptions {
  readonly port: number;
  readonly tickTime: number;
  readonly id?: number;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Starts one server; ready when it serves, which a member of an ensemble does when there is a majority. */
export async function startMember({ port, tickTime, id, settings = {} }: MemberOptions): Promise<ZookeeperServer> {
  const java = await program('java', ['default-jre-headless']);
  const jars = await zookeeperJars(ZOOKEEPER);
  const folder = serverFolder('zookeeper');
  const config = join(folder, 'zoo.cfg');
  const data = join(folder, 'data');
  const all = {
    tickTime,
    dataDir: data,
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': false,
    '4lw.commands.whitelist': 'srvr,cons',
    maxSessionTimeout: Math.min(20 * tickTime, 60_000),
    maxClientCnxns: 0,
    ...settings,
  };
  mkdirSync(data);
  if (id !== undefined) writeFileSync(join(data, 'myid'), `${id}`);
  const lines = Object.entries(all).map((setting) => setting.join('='));
  writeFileSync(config, lines.join('\n'));
  const server = new ChildServer({
    name: `ZooKeeper ${ZOOKEEPER}${id === undefined ? '' : ` (server ${id})`}`,
    command: java,
    args: ['-Xmx128m', '-cp', jars, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config],
    folder,
    ready: async () => (await zookeeperMode(port)) !== '',
  });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    server,
    version: ZOOKEEPER,
    hosts: `127.0.0.1:${port}`,
    port,
    kill9: () => server.kill9(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

/** `standalone`, `leader` or `follower`; nothing while it does not serve, although it answers `ruok` then. */
export function zookeeperMode(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(/^Mode: (\w+)/m.exec(answer)?.[1] ?? ''));
  });
}
