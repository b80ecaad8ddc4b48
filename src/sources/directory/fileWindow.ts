/** The modification times that a batch looks at, in milliseconds. */
export interface FileWindow {
  /** Exclusive: a file modified at this very time is too old. */
  readonly after: number;
  /** Inclusive: a file modified later is left for a later batch. */
  readonly until: number;
  /** Files that were selected in a batch before this time are forgotten: they are older than the window. */
  readonly forgetBefore: number;
}

/** What decides where a window begins. */
export interface WindowRules {
  /** Batch time. */
  readonly time: number;
  /** When the directory was listed before, if it was. */
  readonly previous: number | undefined;
  /** 0 for a trigger without one. */
  readonly intervalMs: number;
  readonly minRememberMs: number;
  /** Nothing that old counts. */
  readonly since: number;
}

/**
 * Spark's window: it reaches back from the batch time by the remember duration, which is rounded up to whole intervals. After
 * a pause it reaches back from the first time that was missed: what the batches of the pause would have found is found.
 */
export function fileWindow({ time, previous = time, intervalMs, minRememberMs, since }: WindowRules): FileWindow {
  const rememberMs = intervalMs > 0 ? intervalMs * Math.ceil(minRememberMs / intervalMs) : minRememberMs;
  const forgetBefore = Math.min(time, previous + intervalMs) - rememberMs;
  return { after: Math.max(since, forgetBefore), until: time, forgetBefore };
}

/** Whether a batch takes a file that was modified then, if it was not selected lately. */
export function isInWindow(modifiedMs: number, { after, until }: FileWindow): boolean {
  return modifiedMs > after && modifiedMs <= until;
}
