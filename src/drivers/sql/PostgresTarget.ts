/**
 * Which PostgreSQL: a URL (`postgres://user@127.0.0.1:5432/database`), connection settings, or a `Pool` of the package pg. A pool is used as
 * it is and not ended.
 */
export type PostgresTarget = string | PostgresSettings | PostgresPool;

/** Connection settings, as the package pg takes them for a `Pool`. */
export interface PostgresSettings {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string | (() => string | Promise<string>);
  readonly database?: string;
  readonly ssl?: boolean | object;
  readonly [more: string]: unknown;
}

/** What is used of a `Pool`; that of the package pg fits. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is used of a client of a pool. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  query(config: object): Promise<PostgresResult>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
  /** `I` outside of a transaction; not in every version of pg. */
  getTransactionStatus?(): string | null;
}

/** What a query answers; that of the package pg holds more. */
// biome-ignore lint/suspicious/noExplicitAny: as in pg, whoever asks knows the columns
export interface PostgresResult<R = any> {
  readonly rows: R[];
  readonly rowCount: number | null;
  /** `SELECT`, `INSERT`, `COMMIT` ... */
  readonly command: string;
}

/** Whether a text says where PostgreSQL is: a URL, or the folder of a socket. */
export function isPostgresUrl(text: string): boolean {
  return /^(?:postgres(?:ql)?:\/\/|socket:|\/)./i.test(text);
}

/** Whether somebody's pool is meant; told by what it can do, since several copies of pg may be installed. */
export function isPostgresPool(target: PostgresTarget): target is PostgresPool {
  return typeof (target as Partial<PostgresPool>).connect === 'function';
}

/** Whether it is a single client, which does not survive the loss of its connection. */
export function isSingleClient(target: object): boolean {
  return 'connect' in target && !('totalCount' in target) && 'connectionParameters' in target;
}

/** The most connections that there can be at once, where that is known. */
export function mostConnections(target: PostgresTarget): number | undefined {
  if (typeof target === 'string') return undefined;
  const { max } = (isPostgresPool(target) ? (target as { options?: PostgresSettings }).options : target) ?? {};
  return typeof max === 'number' ? max : undefined;
}

/** Where the target is, for messages: never with its user or password. */
export function postgresPlace(target: PostgresTarget): string {
  if (typeof target === 'string') return urlPlace(target);
  const settings = isPostgresPool(target) ? (target as { options?: PostgresSettings }).options : target;
  if (typeof settings?.connectionString === 'string') return urlPlace(settings.connectionString);
  return placed(settings?.host, settings?.port, settings?.database);
}

function urlPlace(url: string): string {
  if (!URL.canParse(url)) return 'PostgreSQL';
  const { hostname, port, pathname } = new URL(url);
  return placed(hostname || undefined, port || undefined, pathname.slice(1) || undefined);
}

function placed(host = 'localhost', port: string | number = 5432, database?: string): string {
  return `PostgreSQL at ${host}:${port}${database === undefined ? '' : `/${database}`}`;
}
