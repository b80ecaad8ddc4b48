/** A node as it is read. */
export interface ZooKeeperNode {
  readonly data: string;
  readonly version: number;
  /** The transaction that wrote it last. */
  readonly mzxid: bigint;
}

/** The children of a node. */
export interface ZooKeeperChildren {
  readonly names: readonly string[];
  /** The transaction that made or deleted a child last. */
  readonly pzxid: bigint;
}

/** One operation of a transaction. A `version` is checked whatever it is; -1 asks for none. */
export type ZooKeeperOp =
  | { readonly act: 'check'; readonly path: string; readonly version: number }
  | { readonly act: 'delete'; readonly path: string; readonly version: number }
  | { readonly act: 'set'; readonly path: string; readonly data: string; readonly version: number }
  | { readonly act: 'create'; readonly path: string; readonly data: string; readonly acl: readonly ZooKeeperAcl[] };

/** Who may do what with a node. */
export interface ZooKeeperAcl {
  /** `world`, `auth`, `digest` or `ip`. */
  readonly scheme: string;
  /** `anyone`, an empty text for `auth`, `user:hash` or an address. */
  readonly id: string;
  readonly permissions: readonly ('read' | 'write' | 'create' | 'delete' | 'admin')[];
}

/**
 * What can be asked of ZooKeeper over one session. Requests are sent in the order of the calls, and answered in it. All reject with a
 * {@link ZooKeeperFailure}; once the session has ended all reject at once, and what was asked before is sent no more.
 */
export interface ZooKeeperCalls {
  /** The last transaction that the server had seen when it answered; what is asked after this answer is at least as new. */
  lastTransaction(): Promise<bigint>;
  /** `undefined` where there is no such node. */
  read(path: string): Promise<ZooKeeperNode | undefined>;
  /** `undefined` where there is no such node. */
  children(path: string): Promise<ZooKeeperChildren | undefined>;
  exists(path: string): Promise<boolean>;
  /** Writes a node that is at this version, and answers its new one. */
  write(path: string, data: string, version: number): Promise<number>;
  /** Does all of it or nothing. */
  transaction(ops: readonly ZooKeeperOp[]): Promise<void>;
}
