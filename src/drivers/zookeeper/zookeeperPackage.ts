import type { Socket } from 'node:net';
import { ZooKeeperFailure } from './ZooKeeperFailure.ts';

/** What we use of the package `node-zookeeper-client`, which comes without types. */
export interface ZooKeeperPackage {
  createClient(
    connection: string,
    options: { sessionTimeout: number; spinDelay: number; retries: number },
  ): PackageClient;
  readonly ACL: new (permission: number, id: PackageId) => PackageAcl;
  readonly Id: new (scheme: string, id: string) => PackageId;
  readonly State: { readonly SYNC_CONNECTED: unknown; readonly EXPIRED: unknown; readonly AUTH_FAILED: unknown };
}

export interface PackageId {
  readonly scheme: string;
}

export interface PackageAcl {
  readonly permission: number;
}

type Done<A extends unknown[]> = (error: unknown, ...answer: A) => void;

export interface PackageStat {
  readonly version: number;
  readonly mzxid: Buffer;
  readonly pzxid: Buffer;
}

export interface PackageClient {
  readonly connectionManager: PackageManager;
  connect(): void;
  close(): void;
  on(event: 'state', listener: (state: unknown) => void): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  getSessionTimeout(): number;
  getData(path: string, done: Done<[Buffer | undefined, PackageStat]>): void;
  getChildren(path: string, done: Done<[string[], PackageStat]>): void;
  exists(path: string, done: Done<[PackageStat | null]>): void;
  setData(path: string, data: Buffer, version: number, done: Done<[PackageStat]>): void;
  create(path: string, data: Buffer, acls: PackageAcl[], done: Done<[string]>): void;
  transaction(): PackageTransaction;
}

export interface PackageTransaction {
  readonly ops: { version?: number }[];
  check(path: string, version: number): unknown;
  remove(path: string, version: number): unknown;
  setData(path: string, data: Buffer, version: number): unknown;
  create(path: string, data: Buffer, acls: PackageAcl[]): unknown;
  commit(done: Done<[readonly { readonly err?: number }[] | undefined]>): void;
}

/** The inside of a client. It binds these functions when it connects, so that what is put in their place before is used. */
export interface PackageManager {
  readonly servers: readonly object[];
  readonly socket?: Socket;
  /** The last transaction that was heard of; a server that is behind it refuses the connection. */
  zxid: Buffer;
  xid: number;
  connectTimeoutHandler: NodeJS.Timeout | null;
  findNextServer(use: (server: object) => void): void;
  onSocketData(bytes: Buffer): void;
  onSocketError(error: unknown): void;
  onSocketClosed(): void;
}

/** The package `node-zookeeper-client`, loaded here and nowhere else. */
export async function loadZooKeeperPackage(): Promise<ZooKeeperPackage> {
  try {
    // @ts-expect-error: it has no types; what we use of it is above.
    return (await import('node-zookeeper-client')) as ZooKeeperPackage;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const todo = 'the package node-zookeeper-client is not installed; run: npm install node-zookeeper-client';
    throw new ZooKeeperFailure('refused', todo, { cause: error });
  }
}
