import { isClusterClient, type RedisClient } from './RedisTarget.ts';

/**
 * The database that a script is to select itself, so that none can be missed: a connection whose SELECT failed goes on in database 0 without
 * a word. Empty for a cluster, which has none to choose.
 */
export function databaseOf(client: RedisClient, db: number | undefined): string {
  if (isClusterClient(client)) return db === undefined ? '' : String(db);
  return String(db ?? client.options.db ?? '');
}
