import type { LogStorage } from '../../src/checkpoint/log/LogStorage.ts';

/** A storage whose process may be gone: then nothing more of what it asks for is done, and nothing is answered for. */
export function mortalLog(storage: LogStorage, isGone: () => boolean): LogStorage {
  const alive = (): void => {
    if (isGone()) throw new Error('the process is gone');
  };
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    alive();
    const answer = await ask();
    alive();
    return answer;
  };
  return {
    name: storage.name,
    own: () => asked(() => storage.own()),
    release: () => storage.release(),
    head: (savepoint) => asked(() => storage.head(savepoint)),
    segments: (savepoint) => asked(() => storage.segments(savepoint)),
    open: (segment, savepoint) => asked(() => storage.open(segment, savepoint)),
    append: (segment, bytes, isLasting) => asked(() => storage.append(segment, bytes, isLasting)),
    publish: (head) => asked(() => storage.publish(head)),
    remove: (segments) => asked(() => storage.remove(segments)),
    copy: (savepoint, head, segments) => asked(() => storage.copy(savepoint, head, segments)),
    setAside: () => asked(() => storage.setAside()),
  };
}
