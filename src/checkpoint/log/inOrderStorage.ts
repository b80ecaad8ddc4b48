import type { InOrder } from './InOrder.ts';
import type { LogStorage } from './LogStorage.ts';

/** The same storage for somebody whose calls stand in line with those of others, one by one. */
export function inOrderStorage(storage: LogStorage, turns: InOrder): LogStorage {
  const inLine = <T>(ask: () => Promise<T>): Promise<T> => turns.run(ask);
  return {
    name: storage.name,
    own: (report) => inLine(() => storage.own(report)),
    release: () => inLine(() => storage.release()),
    head: (savepoint) => inLine(() => storage.head(savepoint)),
    segments: (savepoint) => inLine(() => storage.segments(savepoint)),
    open: (segment, savepoint) => inLine(() => storage.open(segment, savepoint)),
    append: (segment, bytes, isLasting) => inLine(() => storage.append(segment, bytes, isLasting)),
    publish: (head) => inLine(() => storage.publish(head)),
    remove: (segments) => inLine(() => storage.remove(segments)),
    copy: (savepoint, head, segments) => inLine(() => storage.copy(savepoint, head, segments)),
    setAside: () => inLine(() => storage.setAside()),
  };
}
