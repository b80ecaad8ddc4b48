import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildServer } from '../ChildServer.ts';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { redisServer } from './redisServer.ts';
import { answersPing } from './startRedis.ts';

/** Sentinels that watch a master, and promote a replica of it when two of them miss it. */
export interface RedisSentinels {
  /** As ioredis takes them: `{ sentinels, name }`. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
  stop(): Promise<void>;
}

/** Starts three sentinels that give a silent master half a second. */
export async function startRedisSentinels(master: { readonly port: number }): Promise<RedisSentinels> {
  const command = await redisServer();
  const name = 'watched';
  const servers: ChildServer[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers) await server.stop();
  };
  const ports = await freePorts(3);
  try {
    for (const port of ports) servers.push(sentinel(command, port, name, master.port));
    await Promise.all(servers.map((server) => server.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { sentinels: ports.map((port) => ({ host: '127.0.0.1', port })), name, stop };
}

function sentinel(command: string, port: number, name: string, masterPort: number): ChildServer {
  const folder = serverFolder('redis-sentinel');
  const config = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
  ];
  writeFileSync(config, lines.map((line) => `${line}\n`).join(''));
  const args = [config, '--sentinel'];
  return new ChildServer({ name: `Redis sentinel ${port}`, command, args, folder, ready: () => answersPing(port) });
}
