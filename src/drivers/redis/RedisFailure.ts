/** What went wrong between us and Redis, before a store says it in its own words. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure';
  /** `unavailable`: may pass by itself, and the command may have taken effect. `refused`: Redis said no, nothing was done. */
  readonly kind: 'unavailable' | 'refused';

  constructor(kind: 'unavailable' | 'refused', message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Answers of a server that is up and will do it later: starting, failing over, out of memory or disk, busy with a script. */
const PASSING = /(?:^|[\s-])(?:LOADING|BUSY|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM)\b/;

/** Whether the server answered at all: an error reply, whatever copy of ioredis made it. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The failure of a command at `place`; `last` is what the connection complained of last. */
export function redisFailure(error: unknown, place: string, last: unknown): RedisFailure {
  if (error instanceof RedisFailure) return error;
  const reason = told(error);
  // A mistake in the code or in an option does not pass by waiting.
  if (error instanceof TypeError || error instanceof RangeError) return new RedisFailure('refused', reason, error);
  if (isReply(error)) {
    return PASSING.test(reason)
      ? new RedisFailure('unavailable', `${place} cannot do it now: ${reason}`, error)
      : new RedisFailure('refused', `${place} refused: ${reason}`, error);
  }
  // Redis turned the connection itself away: a wrong password does not pass.
  if (isReply(last) && !PASSING.test(last.message)) {
    return new RedisFailure('refused', `${place} refused the connection: ${last.message}`, last);
  }
  const earlier = last === undefined || told(last) === reason ? '' : `; ${told(last)}`;
  return new RedisFailure('unavailable', `${place} does not answer (${reason}${earlier})`, error);
}

/** Whether the server we reached no longer takes writes: after a fail-over another connection may find the one that does. */
export function isDemoted(error: unknown): boolean {
  return isReply(error) && /(?:^|[\s-])READONLY\b/.test(error.message);
}

/** Some connection errors of Node have a code and no message. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
