import { type Subscription, timer } from 'rxjs';
import type { RedisClient } from './RedisTarget.ts';
import { type RedisConnection, type RedisConnectionOptions, redisConnection } from './redisConnection.ts';
import { redisPlace } from './redisPlace.ts';

/** A connection that is there while somebody needs it. */
export interface RedisSession {
  /** Where it leads, for messages. */
  readonly place: string;
  /** As {@link RedisConnection.run}; opens the connection where there is none. */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Keeps the connection open, and with it the process alive, until `letGo`. */
  keep(): void;
  letGo(): void;
}

/** How long a connection that nobody keeps waits for the next call, in milliseconds. */
const IDLE_MS = 50;

/** Opens a connection for the calls that run and for as long as it is kept, so that whoever only looks keeps no process alive. */
export function redisSession(options: RedisConnectionOptions): RedisSession {
  let connection: RedisConnection | undefined;
  let running = 0;
  let kept = false;
  let closing: Subscription | undefined;

  function closeIfIdle(): void {
    if (kept || running > 0) return;
    connection?.close();
    connection = undefined;
  }

  return {
    place: redisPlace(options.target),
    async run(command) {
      closing?.unsubscribe();
      connection ??= redisConnection(options);
      running++;
      try {
        return await connection.run(command);
      } finally {
        running--;
        if (!kept && running === 0) closing = timer(IDLE_MS, options.scheduler).subscribe(closeIfIdle);
      }
    },
    keep() {
      kept = true;
    },
    letGo() {
      kept = false;
      closeIfIdle();
    },
  };
}
