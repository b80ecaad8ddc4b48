import { writeFileSync } from 'node:fs';
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
  const java = await program('java', ['default-jre-headless']);
  const jars = await zookeeperJars(ZOOKEEPER);
  const [port] = (await freePorts(1)) as [number];
  const folder = serverFolder('zookeeper');
  const config = join(folder, 'zoo.cfg');
  const settings = {
    tickTime,
    dataDir: join(folder, 'data'),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': false,
    '4lw.commands.whitelist': 'srvr,cons',
    maxSessionTimeout: Math.min(20 * tickTime, 60_000),
    maxClientCnxns: 0,
  };
  writeFileSync(
    config,
    Object.entries(settings)
      .map((setting) => setting.join('='))
      .join('\n'),
  );
  const server = new ChildServer({
    name: `ZooKeeper ${ZOOKEEPER}`,
    command: java,
    args: ['-Xmx128m', '-cp', jars, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config],
    folder,
    ready: () => serves(port),
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

/** Its `ruok` is answered before it serves; its `srvr` names a mode only then. */
function serves(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer.includes('Mode:')));
  });
}
