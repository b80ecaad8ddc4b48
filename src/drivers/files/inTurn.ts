const tails = new Map<string, Promise<unknown>>();

/** Runs `task` after all earlier tasks of the same key in this process have ended, however they ended. */
export function inTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
  const result = (tails.get(key) ?? Promise.resolve()).then(task);
  const ended: Promise<void> = result.then(forget, forget);
  tails.set(key, ended);
  return result;

  function forget(): void {
    if (tails.get(key) === ended) tails.delete(key);
  }
}
