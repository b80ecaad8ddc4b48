import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { ChildServer } from '../ChildServer.ts';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { run } from '../run.ts';
import { childrenOf, isAlive } from './childrenOf.ts';
import { postgresPrograms } from './postgresPrograms.ts';

/** A running PostgreSQL. Its backends, one for each connection, are processes of their own: what is done to it is done to them too. */
export interface PostgresServer {
  readonly server: ChildServer;
  /** User `test`, who may do everything, without a password. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** `SIGKILL`, to all its processes: whatever had not been committed is gone. */
  kill9(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** A fast stop: open transactions are rolled back, connections closed. The folder stays. */
  halt(): Promise<void>;
  /** Starts it again on the same port and data; a running one is halted first. */
  restart(): Promise<void>;
  /** For good. */
  stop(): Promise<void>;
}

/** Starts a PostgreSQL on a free loopback port in a folder of its own; as root it runs as `nobody`, because it refuses root. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = await postgresPrograms();
  const [port] = (await freePorts(1)) as [number];
  const folder = serverFolder('postgres');
  const data = join(folder, 'data');
  const user = await otherUser();
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    shared_buffers: '32MB',
    max_connections: 50,
  };
  const server = new ChildServer({
    name: 'PostgreSQL',
    command: join(programs, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    folder,
    ready: () => answers(url),
    stopSignal: 'SIGINT',
    ...(user && { user }),
  });
  /** Of the life before: until they are gone the data may not be used. */
  let backends: readonly number[] = [];
  try {
    mkdirSync(data);
    if (user) for (const path of [folder, data]) chownSync(path, user.uid, user.gid);
    const options = ['--username=test', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(programs, 'initdb'), ['-D', data, ...options], { cwd: folder, ...user });
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }

  function each(signal: NodeJS.Signals): void {
    // The postmaster first, so that no backend is added meanwhile.
    const { pid } = server;
    if (pid === undefined) return;
    if (signal === 'SIGSTOP') server.freeze();
    if (signal === 'SIGCONT') server.thaw();
    backends = childrenOf(pid);
    for (const backend of backends) signalTo(backend, signal);
  }

  async function kill9(): Promise<void> {
    each('SIGSTOP');
    const killed = server.kill9();
    for (const backend of backends) signalTo(backend, 'SIGKILL');
    await killed;
    while (backends.some(isAlive)) await pause(5);
  }

  return {
    server,
    url,
    host: '127.0.0.1',
    port,
    kill9,
    freeze: () => each('SIGSTOP'),
    thaw: () => each('SIGCONT'),
    async halt() {
      each('SIGCONT');
      await server.halt();
    },
    async restart() {
      each('SIGCONT');
      await server.restart();
    },
    async stop() {
      each('SIGCONT');
      await server.stop();
    },
  };
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended meanwhile
  }
}

/** Whom the server runs as, where we are root. */
async function otherUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((which) => run('id', [which, 'nobody'])));
  return { uid: Number(uid), gid: Number(gid) };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000, query_timeout: 1000 });
  client.on('error', () => undefined); // the one that matters rejects
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } finally {
    await client.end();
  }
}
