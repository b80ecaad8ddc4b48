import type { SchedulerLike } from 'rxjs';
import { Deadline } from './Deadline.ts';
import { type OpenPool, openPostgresPool } from './openPostgresPool.ts';
import { PostgresSession } from './PostgresSession.ts';
import { type PostgresTarget, postgresPlace } from './PostgresTarget.ts';
import { postgresFailure } from './postgresFailure.ts';
import { SqlFailure } from './SqlFailure.ts';

/** How {@link PostgresSessions} are made. */
export interface PostgresSessionsOptions {
  readonly target: PostgresTarget;
  /** How the server's lists of connections call ours, where the pool is our own. */
  readonly name: string;
  /** Every call settles within this time, connecting included. */
  readonly withinMs: number;
  readonly scheduler: SchedulerLike;
}

/** Connections of a pool, which is opened at the first call. */
export interface PostgresSessions {
  /** Does something in a session and gives it back. Rejects with what `work` rejects with, or a {@link SqlFailure}. */
  run<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>;
  /** The same, but where `work` succeeds the session stays with whoever asked. */
  open<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Makes them; nothing is opened yet. */
export function postgresSessions({ target, name, withinMs, scheduler }: PostgresSessionsOptions): PostgresSessions {
  const place = postgresPlace(target);
  let pool: Promise<OpenPool> | undefined;
  let isClosed = false;

  function opened(): Promise<OpenPool> {
    pool ??= openPostgresPool(target, name, withinMs).catch((error: unknown) => {
      pool = undefined;
      throw error;
    });
    return pool;
  }

  async function checkedOut(): Promise<PostgresSession> {
    if (isClosed) throw new SqlFailure('refused', `the connection to ${place} was closed`);
    const client = await (await opened()).pool.connect();
    if (typeof client?.release !== 'function') throw new SqlFailure('refused', 'expected a Pool, got a single client');
    return new PostgresSession(client, place, withinMs, scheduler);
  }

  async function open<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    let session: PostgresSession | undefined;
    const silence = (): SqlFailure =>
      session?.silence(withinMs) ?? new SqlFailure('unavailable', `${place} did not answer within ${withinMs} ms`);
    const deadline = new Deadline(withinMs, scheduler, silence);
    const connecting = checkedOut();
    try {
      session = await deadline.race(connecting).catch((error: unknown) => {
        connecting.then(
          (late) => late.release(),
          () => undefined,
        ); // nobody waits for it any more
        throw postgresFailure(error, place);
      });
      return await deadline.race(work(session));
    } catch (error) {
      await session?.rollback();
      session?.release();
      throw error;
    } finally {
      deadline.end();
    }
  }

  return {
    open,
    run: (work) =>
      open(async (session) => {
        const answer = await work(session);
        session.release();
        return answer;
      }),
    async close() {
      isClosed = true;
      await pool?.then(
        (one) => one.close(),
        () => undefined, // there is nothing to let go of
      );
      pool = undefined;
    },
  };
}
