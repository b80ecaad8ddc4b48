import { defer, firstValueFrom, type SchedulerLike, switchMap, throwError, timeout } from 'rxjs';
import { openRedisClient } from './openRedisClient.ts';
import { isDemoted, RedisFailure, redisFailure } from './RedisFailure.ts';
import type { RedisClient, RedisTarget } from './RedisTarget.ts';
import { redisPlace } from './redisPlace.ts';

/** How a {@link RedisConnection} is made. */
export interface RedisConnectionOptions {
  readonly target: RedisTarget;
  /** Database number; that of the target when left out. */
  readonly db: number | undefined;
  /** Every call settles within this time, connecting included. */
  readonly commandTimeoutMs: number;
  readonly scheduler: SchedulerLike;
}

/** A connection of our own, opened at the first call, that never sends a command twice and never hangs. */
export interface RedisConnection {
  /** Where it leads, for messages. */
  readonly place: string;
  /**
   * Does something over the connection. Rejects with a {@link RedisFailure}: at once while Redis is down, after the timeout
   * when no answer comes. It reconnects by itself.
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  close(): void;
}

/** Makes a connection; nothing is opened yet. */
export function redisConnection(options: RedisConnectionOptions): RedisConnection {
  const { target, db, commandTimeoutMs, scheduler } = options;
  const place = redisPlace(target);
  let opened: Promise<RedisClient> | undefined;
  let lastError: unknown;
  let closed = false;

  async function open(): Promise<RedisClient> {
    const client = await openRedisClient(target, db, commandTimeoutMs);
    client.on('error', (error: unknown) => {
      lastError = error;
    });
    client.on('ready', () => {
      lastError = undefined;
    });
    return client;
  }

  function client(): Promise<RedisClient> {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  /** A client that cannot be made is told to whoever asked for it. */
  function whenOpened(use: (client: RedisClient) => void): void {
    void opened?.then(use, () => undefined);
  }

  /** The answer may still come, or the peer is gone without a word: only a new connection can tell. */
  function silence(): RedisFailure {
    whenOpened(reconnect);
    return new RedisFailure('unavailable', `${place} did not answer within ${commandTimeoutMs} ms`, lastError);
  }

  return {
    place,
    async run(command) {
      if (closed) throw new RedisFailure('refused', `the connection to ${place} was closed`);
      const answer = defer(client).pipe(
        switchMap((ready) => defer(() => whenReady(ready)).pipe(switchMap(() => command(ready)))),
        timeout({ first: commandTimeoutMs, scheduler, with: () => throwError(silence) }),
      );
      try {
        return await firstValueFrom(answer);
      } catch (error) {
        if (isDemoted(error)) whenOpened(reconnect);
        throw redisFailure(error, place, lastError);
      }
    },
    close() {
      closed = true;
      whenOpened((client) => client.disconnect());
    },
  };
}

function reconnect(client: RedisClient): void {
  if (client.status === 'ready') client.disconnect(true);
}

/** Connects at the first call and after a give-up; waits for a connection in the making; refuses while Redis is down. */
async function whenReady(client: RedisClient): Promise<void> {
  const { status } = client;
  if (status === 'ready') return;
  if (status === 'wait' || status === 'end') return client.connect();
  if (status !== 'connecting' && status !== 'connect') throw new Error('not connected');
  await new Promise<void>((resolve, reject) => {
    client.once('ready', onReady);
    client.once('close', onClose);
    function onReady(): void {
      client.off('close', onClose);
      resolve();
    }
    function onClose(): void {
      client.off('ready', onReady);
      reject(new Error('the connection was closed'));
    }
  });
}
