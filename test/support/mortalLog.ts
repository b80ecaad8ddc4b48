import type { LogStorage } from '../../src/checkpoint/log/LogStorage.ts';

/** A storage whose process may be gone: from then on nothing more is asked of it and nothing is answered. */
export function mortalLog(storage: LogStorage, isGone: () => boolean): LogStorage {
  const nobody = new Promise<never>(() => {});
  const asked =
    <A extends readonly unknown[], R>(ask: (...args: A) => R) =>
    (...args: A): R | Promise<never> => {
      if (isGone()) return nobody;
      try {
        const answer = ask(...args);
        return isGone() ? nobody : answer;
      } catch (error) {
        if (isGone()) return nobody;
        throw error;
      }
    };
  return {
    name: storage.name,
    own: asked(() => storage.own()),
    release: asked(() => storage.release()),
    head: asked((savepoint?: string) => storage.head(savepoint)),
    segments: asked((savepoint?: string) => storage.segments(savepoint)),
    open: asked((segment: string, savepoint?: string) => storage.open(segment, savepoint)),
    append: asked((segment: string, bytes: Uint8Array, isLasting: boolean) =>
      storage.append(segment, bytes, isLasting),
    ),
    publish: asked((head: Uint8Array) => storage.publish(head)),
    remove: asked((segments: readonly string[]) => storage.remove(segments)),
    copy: asked((savepoint: string, head: Uint8Array, segments: readonly string[]) =>
      storage.copy(savepoint, head, segments),
    ),
    setAside: asked(() => storage.setAside()),
  };
}
