import type { Pool, PoolClient } from 'pg';
import type { PostgresPool } from '../../../src/drivers/sql/PostgresTarget.ts';
import { die, type Steps } from '../crashMatrix/Steps.ts';

/** What the statements of a life are for. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^BEGIN/, 'lock'],
  [/SET owner/, 'own'],
  [/COMMIT$/, 'commit'],
  [/^INSERT INTO ".* (results|totals)"/, 'write'],
];

/** The pool with a step before and after each statement, and one when it has been sent and nothing is known of what became of it. */
export function stepsOfPool(pool: Pool, steps: Steps): PostgresPool {
  const stepped = new WeakSet<PoolClient>();
  return {
    on: (event, listener) => pool.on(event, listener),
    off: (event, listener) => pool.off(event, listener),
    async connect() {
      const client = await pool.connect();
      if (!stepped.has(client)) stepTo(client, steps);
      stepped.add(client);
      return client as never;
    },
  };
}

function stepTo(client: PoolClient, steps: Steps): void {
  const asked = client.query.bind(client) as (...query: unknown[]) => Promise<unknown>;
  async function query(...what: unknown[]): Promise<unknown> {
    const kind = KINDS.find(([pattern]) => pattern.test(String(what[0])))?.[1];
    if (kind === undefined) return asked(...what);
    steps.pass(`${kind}: before`);
    const answer = asked(...what);
    if (steps.isDue(`${kind}: sent`)) setImmediate(() => die(`${kind}: sent`));
    const result = await answer;
    steps.pass(`${kind}: after`);
    return result;
  }
  client.query = query as never;
}
