import { defer, firstValueFrom, retry, type SchedulerLike, throwError, timeout } from 'rxjs';
import type { ZooKeeperCalls } from './ZooKeeperCalls.ts';
import { ZooKeeperFailure, zookeeperFailure } from './ZooKeeperFailure.ts';
import { ZooKeeperLink } from './ZooKeeperLink.ts';
import type { ZooKeeperAddress } from './zookeeperAddress.ts';
import { loadZooKeeperPackage } from './zookeeperPackage.ts';

/** How a {@link ZooKeeperConnection} is made. */
export interface ZooKeeperConnectionOptions {
  readonly address: ZooKeeperAddress;
  /** `user:password`, for the scheme `digest`. */
  readonly auth: string | undefined;
  /** Asked for; the server keeps it within its own bounds. */
  readonly sessionTimeoutMs: number;
  /** Every call settles within this time, connecting included. */
  readonly commandTimeoutMs: number;
  readonly scheduler: SchedulerLike;
}

/** A connection to one of several servers, opened at the first call, that never hangs and does nothing twice by itself. */
export interface ZooKeeperConnection {
  /** Where it leads, for messages. */
  readonly place: string;
  /**
   * Does something over one session. Rejects with a {@link ZooKeeperFailure}: at once when no server can be reached, after the timeout when
   * none answers. `body` is called a second time, over a new session, when the first was lost under it: it has to find out itself what has
   * taken effect.
   */
  run<T>(body: (zookeeper: ZooKeeperCalls) => Promise<T>): Promise<T>;
  /** Ends the session; settles within a second. */
  close(): Promise<void>;
}

/** Makes a connection; nothing is opened yet. */
export function zookeeperConnection(options: ZooKeeperConnectionOptions): ZooKeeperConnection {
  const { address, commandTimeoutMs, scheduler } = options;
  const { servers } = address;
  const place = `ZooKeeper at ${servers.join(',')}${address.chroot}`;
  /** The servers share the load of many clients, and one that fails is not the next to be tried. */
  let turn = Math.floor(Math.random() * servers.length);
  let current: ZooKeeperLink | undefined;
  let opening: Promise<ZooKeeperLink> | undefined;
  let closed = false;

  async function link(): Promise<ZooKeeperLink> {
    if (closed) throw new ZooKeeperFailure('refused', `the connection to ${place} was closed`);
    if (opening === undefined && current !== undefined && !current.ended) return current;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function open(): Promise<ZooKeeperLink> {
    const kit = await loadZooKeeperPackage();
    const failures: ZooKeeperFailure[] = [];
    for (let tries = 0; tries < servers.length && !closed; tries++) {
      const server = servers[turn++ % servers.length] as string;
      // What was read or written before is not to be gone: a server that lags behind is passed over.
      const seen: Buffer | undefined = current?.seen;
      current = new ZooKeeperLink({
        ...options,
        ...(seen && { seen }),
        kit,
        server,
        place: `ZooKeeper at ${server}`,
        connectTimeoutMs: commandTimeoutMs / servers.length,
      });
      try {
        await current.ready;
        return current;
      } catch (error) {
        const failure = zookeeperFailure(error, place);
        if (failure.kind === 'refused') throw failure;
        failures.push(failure);
      }
    }
    if (closed) throw new ZooKeeperFailure('refused', `the connection to ${place} was closed`);
    const reasons = failures.map(({ message }) => message).join('; ');
    throw new ZooKeeperFailure('unavailable', `${place} cannot be reached: ${reasons}`, { cause: failures.at(-1) });
  }

  return {
    place,
    async run(body) {
      let used: ZooKeeperLink | undefined;
      let over: ZooKeeperFailure | undefined;
      const answer = defer(async () => {
        used = await link();
        if (over !== undefined) throw over; // nobody waits for it any more
        return body(used);
      }).pipe(
        retry({ count: 1, delay: (error: unknown) => (isLost(error) ? [0] : throwError(() => error)) }),
        timeout({ first: commandTimeoutMs, scheduler, with: () => throwError(silence) }),
      );
      return firstValueFrom(answer);

      /** The answer may still come, or the peer is gone without a word: only a new connection can tell. */
      function silence(): ZooKeeperFailure {
        over = new ZooKeeperFailure('unavailable', `${place} did not answer within ${commandTimeoutMs} ms`);
        used?.end(over);
        return over;
      }
    },
    async close() {
      closed = true;
      await current?.close();
    },
  };
}

function isLost(error: unknown): boolean {
  return error instanceof ZooKeeperFailure && error.kind === 'lost';
}
