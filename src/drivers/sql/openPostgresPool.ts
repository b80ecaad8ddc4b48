import type { Pool } from 'pg';
import { isPostgresPool, type PostgresPool, type PostgresTarget } from './PostgresTarget.ts';
import { SqlFailure } from './SqlFailure.ts';

/** A pool to take connections from, and how to let go of it. */
export interface OpenPool {
  readonly pool: PostgresPool;
  close(): Promise<void>;
}

/**
 * A pool of our own, or that of the user, which is left open. An idle connection that is lost is an `error` event, which without a listener
 * ends the process. The package pg is loaded here and nowhere else.
 */
export async function openPostgresPool(
  target: PostgresTarget,
  name: string,
  connectWithinMs: number,
): Promise<OpenPool> {
  if (typeof target === 'object' && isPostgresPool(target)) {
    target.on('error', heard);
    return { pool: target, close: async () => void target.off('error', heard) };
  }
  const settings = typeof target === 'string' ? { connectionString: target } : target;
  const PgPool = await loadPool();
  const pool = new PgPool({
    max: 2,
    keepAlive: true,
    application_name: name,
    connectionTimeoutMillis: connectWithinMs,
    allowExitOnIdle: true,
    ...settings,
  });
  pool.on('error', heard);
  return { pool, close: () => pool.end() };
}

/** The next call takes another connection, and says what is wrong where there is none. */
function heard(): void {}

async function loadPool(): Promise<typeof Pool> {
  try {
    const { Pool, default: whole } = (await import('pg')) as typeof import('pg') & { default?: { Pool: typeof Pool } };
    return Pool ?? whole?.Pool;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new SqlFailure('refused', 'the package pg is not installed; run: npm install pg', error);
  }
}
