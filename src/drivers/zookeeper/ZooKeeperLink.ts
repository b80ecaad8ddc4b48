import { type SchedulerLike, Subject, Subscription, startWith, switchMap, timer } from 'rxjs';
import { addOp } from './addOp.ts';
import { guardClient } from './guardClient.ts';
import type { ZooKeeperCalls, ZooKeeperChildren, ZooKeeperNode, ZooKeeperOp } from './ZooKeeperCalls.ts';
import { answeredWith, ZooKeeperFailure, zookeeperFailure } from './ZooKeeperFailure.ts';
import type { PackageClient, ZooKeeperPackage } from './zookeeperPackage.ts';

/** How a {@link ZooKeeperLink} is made. */
export interface ZooKeeperLinkOptions {
  readonly kit: ZooKeeperPackage;
  /** `host:port`. */
  readonly server: string;
  /** For messages. */
  readonly place: string;
  readonly auth: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly scheduler: SchedulerLike;
  /** The last transaction that the links before have heard of. */
  readonly seen?: Buffer;
}

/** How long a server may take to answer that a session is over. */
const FAREWELL_MS = 1000;
/** What has come already is read before a silence counts: a busy process sees its timers first. */
const AFTERTHOUGHT_MS = 20;
/** A request number is a signed 32-bit integer, and is given out when the request is sent. */
const LAST_XID = 2 ** 31 - 1_000_000;

/**
 * One session over one connection to one server. When the connection ends, or nothing is heard for two thirds of the session's timeout, the
 * link has ended for good: everything that waits is rejected, nothing is sent any more, and whoever goes on makes a new one.
 */
export class ZooKeeperLink implements ZooKeeperCalls {
  /** Resolves when the session is there; rejects when the link ends before. */
  readonly ready: Promise<void>;
  readonly #options: ZooKeeperLinkOptions;
  readonly #client: PackageClient;
  readonly #waiting = new Set<(failure: ZooKeeperFailure) => void>();
  readonly #heard = new Subject<void>();
  readonly #timers = new Subscription();
  readonly #gone: Promise<void>;
  #left: () => void = () => undefined;
  #ended: ZooKeeperFailure | undefined;
  #connected = false;

  constructor(options: ZooKeeperLinkOptions) {
    const { kit, server, place, auth, sessionTimeoutMs, connectTimeoutMs, scheduler, seen } = options;
    this.#options = options;
    this.#client = kit.createClient(server, { sessionTimeout: sessionTimeoutMs, spinDelay: 0, retries: 0 });
    this.#gone = new Promise((resolve) => {
      this.#left = resolve;
    });
    guardClient(this.#client, place, {
      heard: () => this.#heard.next(),
      ended: () => this.ended,
      end: (failure) => this.end(failure),
    });
    if (seen !== undefined) this.#client.connectionManager.zxid = seen;
    if (auth !== undefined) this.#client.addAuthInfo('digest', Buffer.from(auth));
    const late = timer(connectTimeoutMs, scheduler).subscribe(() =>
      this.end(new ZooKeeperFailure('unavailable', `${place} did not answer within ${connectTimeoutMs} ms`)),
    );
    this.#timers.add(late);
    this.ready = new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#client.on('state', (state) => {
        if (state === kit.State.SYNC_CONNECTED) {
          this.#waiting.delete(reject);
          this.#connected = true;
          late.unsubscribe();
          this.#listen();
          resolve();
        } else if (state === kit.State.EXPIRED) {
          this.end(new ZooKeeperFailure('unavailable', `${place} says that the session has expired`));
        } else if (state === kit.State.AUTH_FAILED) {
          this.end(new ZooKeeperFailure('refused', `${place} refused: AUTH_FAILED`, { code: 'AUTH_FAILED' }));
        }
      });
    });
    this.ready.catch(() => undefined); // whoever asks is told
    try {
      this.#client.connect();
    } catch (error) {
      this.end(zookeeperFailure(error, place));
    }
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** The last transaction that it has heard of, or one before it. */
  get seen(): Buffer {
    return this.#client.connectionManager.zxid;
  }

  /** Resolves when the link has ended. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** Ends the link at once; the server forgets the session by itself. What was sent may still be done. */
  end(failure: ZooKeeperFailure): void {
    if (this.#ended !== undefined) return;
    this.#ended = failure;
    this.#timers.unsubscribe();
    const manager = this.#client.connectionManager;
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
    manager.socket?.destroy();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(failure);
    this.#left();
  }

  /** Ends the session, and the link with it; within a second, whatever the server does. */
  async close(): Promise<void> {
    const { place, scheduler } = this.#options;
    const closed = new ZooKeeperFailure('refused', `the connection to ${place} was closed`);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(closed);
    if (this.#ended !== undefined) return;
    if (!this.#connected) return this.end(closed);
    this.#timers.add(timer(FAREWELL_MS, scheduler).subscribe(() => this.end(closed)));
    this.#client.close();
    await this.#gone;
  }

  lastTransaction(): Promise<bigint> {
    return this.#ask((done) => {
      this.#client.exists('/', (error) => done(error, this.#client.connectionManager.zxid.readBigUInt64BE()));
    });
  }

  async read(path: string): Promise<ZooKeeperNode | undefined> {
    return orMissing(
      this.#ask((done) =>
        this.#client.getData(path, (error, data, stat) => {
          if (error) done(error);
          else done(null, { data: String(data ?? ''), version: stat.version, mzxid: stat.mzxid.readBigUInt64BE() });
        }),
      ),
    );
  }

  async children(path: string): Promise<ZooKeeperChildren | undefined> {
    return orMissing(
      this.#ask((done) =>
        this.#client.getChildren(path, (error, names, stat) => {
          if (error) done(error);
          else done(null, { names: names ?? [], pzxid: stat.pzxid.readBigUInt64BE() });
        }),
      ),
    );
  }

  exists(path: string): Promise<boolean> {
    return this.#ask((done) =>
      this.#client.exists(path, (error, stat) => done(error, stat !== null && stat !== undefined)),
    );
  }

  write(path: string, data: string, version: number): Promise<number> {
    return this.#ask((done) =>
      this.#client.setData(path, Buffer.from(data), version, (error, stat) => done(error, stat?.version)),
    );
  }

  transaction(ops: readonly ZooKeeperOp[]): Promise<void> {
    return this.#ask((done) => {
      const transaction = this.#client.transaction();
      for (const op of ops) addOp(this.#options.kit, transaction, op);
      transaction.commit((error, results) => {
        if (!error) return done(null);
        // The operations before the one that failed report 0, those after it -2 (not tried).
        const at = results?.findIndex(({ err = 0 }) => err !== 0 && err !== -2);
        done(zookeeperFailure(error, this.#options.place, at === -1 ? undefined : at));
      });
    });
  }

  #ask<T>(send: (done: (error: unknown, answer?: T) => void) => void): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => {
      const manager = this.#client.connectionManager;
      if (manager.xid >= LAST_XID) manager.xid = 1;
      this.#waiting.add(reject);
      const done = (error: unknown, answer?: T): void => {
        this.#waiting.delete(reject);
        if (error) reject(zookeeperFailure(error, this.#options.place));
        else resolve(answer as T);
      };
      try {
        send(done);
      } catch (error) {
        done(error);
      }
    });
  }

  /** Ends the link when nothing has been heard for two thirds of the session's timeout; there are pings every third. */
  #listen(): void {
    const { place, scheduler } = this.#options;
    const silenceMs = Math.floor((this.#client.getSessionTimeout() * 2) / 3);
    const silence = this.#heard.pipe(
      startWith(undefined),
      switchMap(() => timer(silenceMs, scheduler).pipe(switchMap(() => timer(AFTERTHOUGHT_MS, scheduler)))),
    );
    this.#timers.add(
      silence.subscribe(() => this.end(new ZooKeeperFailure('lost', `${place} has said nothing for ${silenceMs} ms`))),
    );
  }
}

async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (answeredWith(error, 'NO_NODE')) return undefined;
    throw error;
  }
}
