/** What went wrong between us and ZooKeeper, before a store says it in its own words. */
export class ZooKeeperFailure extends Error {
  override readonly name = 'ZooKeeperFailure';
  /**
   * `refused`: ZooKeeper said no, nothing was done. `unavailable`: it cannot be reached or does not answer, for now. `lost`: the connection
   * ended before the answer, so that the call may have taken effect.
   */
  readonly kind: 'refused' | 'unavailable' | 'lost';
  /** What ZooKeeper said: `NO_NODE`, `BAD_VERSION`, ... */
  readonly code: string | undefined;
  /** Which operation of a transaction it was about. */
  readonly at: number | undefined;

  constructor(
    kind: 'refused' | 'unavailable' | 'lost',
    message: string,
    { cause, code, at }: { readonly cause?: unknown; readonly code?: string; readonly at?: number | undefined } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
    this.at = at;
  }
}

/** Whether ZooKeeper answered with this code. */
export function answeredWith(error: unknown, code: string): error is ZooKeeperFailure {
  return error instanceof ZooKeeperFailure && error.code === code;
}

/** Answers of a server that will do it later, or that another one will do. */
const PASSING = ['OPERATION_TIMEOUT', 'SESSION_EXPIRED', 'SESSION_MOVED', 'NOT_READONLY', 'THROTTLED_OP'];

/** Answers that the client package does not know; an unknown one makes it throw. */
const UNKNOWN_TO_PACKAGE: Readonly<Record<string, string>> = {
  '-118': 'SESSION_MOVED',
  '-119': 'NOT_READONLY',
  '-125': 'QUOTA_EXCEEDED',
  '-127': 'THROTTLED_OP',
};

/** The failure of a call that ZooKeeper at `place` answered with an error, or that the client package would not send. */
export function zookeeperFailure(error: unknown, place: string, at?: number): ZooKeeperFailure {
  if (error instanceof ZooKeeperFailure) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = codeOf(error, reason);
  if (code === 'CONNECTION_LOSS') return new ZooKeeperFailure('lost', `${place} was lost`, { cause: error });
  if (code !== undefined && PASSING.includes(code)) {
    return new ZooKeeperFailure('unavailable', `${place} cannot do it now: ${code}`, { cause: error, code });
  }
  return new ZooKeeperFailure('refused', `${place} refused: ${code ?? reason}`, {
    cause: error,
    ...(code === undefined ? {} : { code }),
    at,
  });
}

function codeOf(error: unknown, reason: string): string | undefined {
  if (error instanceof Error && typeof (error as { code?: unknown }).code === 'number') return error.name;
  const unknown = /^Unknown code: (-?\d+)/.exec(reason)?.[1];
  return unknown === undefined ? undefined : (UNKNOWN_TO_PACKAGE[unknown] ?? `code ${unknown}`);
}
