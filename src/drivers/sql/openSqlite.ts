import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { SqlFailure } from './SqlFailure.ts';
import type { SqliteDatabase } from './SqliteTarget.ts';

type Open = new (path: string) => SqliteDatabase;

/**
 * Opens a file as a database, and makes it when it is missing, its folder too: with a write-ahead log, so that readers and the writer do not
 * wait for each other, and a commit that is durable when it answers. Whoever finds it locked waits, and nothing else happens meanwhile.
 * The driver is loaded here and nowhere else: `node:sqlite` where Node has it, else better-sqlite3, else libsql.
 */
export function openSqlite(path: string, busyTimeoutMs: number): SqliteDatabase {
  const Database = loadDriver();
  if (path !== ':memory:') mkdirSync(dirname(resolve(path)), { recursive: true });
  const database = new Database(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    database.prepare('PRAGMA journal_mode = WAL').all();
    database.exec('PRAGMA synchronous = FULL');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function loadDriver(): Open {
  const builtIn = process.getBuiltinModule?.('node:sqlite') as { DatabaseSync?: Open } | undefined;
  if (builtIn?.DatabaseSync !== undefined) return builtIn.DatabaseSync;
  const found = installed('better-sqlite3') ?? installed('libsql');
  if (found !== undefined) return found;
  const todo = 'use Node 24 or later, or run: npm install better-sqlite3 (or: npm install libsql)';
  throw new SqlFailure('refused', `this Node has no node:sqlite, and no driver is installed; ${todo}`);
}

/** Loaded in the call, so that a store answers its first one at once too. */
function installed(name: string): Open | undefined {
  // In a bundle of CommonJS there is no import.meta.url.
  const load = createRequire(import.meta.url ?? join(process.cwd(), 'bundle.cjs'));
  try {
    return load(name) as Open;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}
