import { freePorts } from '../ports.ts';
import {
  startMember,
  ZOOKEEPER,
  type ZookeeperOptions,
  type ZookeeperServer,
  zookeeperMode,
} from './startZookeeper.ts';
import { zookeeperJars } from './zookeeperJars.ts';

/** Three ZooKeepers that agree by majority. */
export interface ZookeeperEnsemble {
  /** All three addresses, with commas. */
  readonly hosts: string;
  readonly servers: readonly ZookeeperServer[];
  /** The one that leads now; rejects while there is none. */
  leader(): Promise<ZookeeperServer>;
  stop(): Promise<void>;
}

/** Starts an ensemble of three; ready when all of them serve. */
export async function startZookeeperEnsemble({ tickTime = 500 }: ZookeeperOptions = {}): Promise<ZookeeperEnsemble> {
  await zookeeperJars(ZOOKEEPER); // once, not three times at once
  const ports = await freePorts(9);
  const plan = [0, 1, 2].map((n) => ports.slice(3 * n, 3 * n + 3) as [number, number, number]);
  const quorum = plan.map(([, peers, election], n) => [`server.${n + 1}`, `127.0.0.1:${peers}:${election}`] as const);
  const settings = { ...Object.fromEntries(quorum), initLimit: 20, syncLimit: 4 };
  const started = await Promise.allSettled(
    plan.map(([port], n) => startMember({ port, tickTime, id: n + 1, settings })),
  );
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill9()));
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failure = started.find((result) => result.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  return {
    hosts: servers.map(({ hosts }) => hosts).join(','),
    servers,
    stop,
    async leader() {
      for (const server of servers) {
        if (server.server.running && (await zookeeperMode(server.port).catch(() => '')) === 'leader') return server;
      }
      throw new Error('the ensemble has no leader now');
    },
  };
}
