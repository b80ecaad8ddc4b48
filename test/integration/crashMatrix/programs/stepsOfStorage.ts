import type { LogStorage } from '../../../../src/checkpoint/log/LogStorage.ts';
import type { Answer } from '../../../../src/core/Answer.ts';
import { die, type Steps } from '../Steps.ts';
import type { Asked } from './stepsOfCheckpoint.ts';

/** The storage with a step before, in and after whatever is written to it; `asked` says what the checkpoint is asked for. */
export function stepsOfStorage(storage: LogStorage, steps: Steps, asked: () => Asked): LogStorage {
  const begun = new Set<string>();
  async function stepped(what: string, write: () => Answer<unknown>): Promise<void> {
    steps.pass(`${what}, before`);
    await write();
    steps.pass(`${what}, after`);
  }
  /** Whatever is not asked for is the work of a merge, which goes on beside plans and settlements. */
  const mergeUnlessLoad = (): string => (asked() === 'load' ? 'load' : 'merge');
  /** Plans and settlements are written to a segment that is there already; a merge begins one, and writes a base. */
  function writer(segment: string): string {
    const isNew = !begun.has(segment);
    begun.add(segment);
    return isNew || segment.startsWith('base') ? mergeUnlessLoad() : asked();
  }
  return {
    name: storage.name,
    own: () => stepped('own', () => storage.own()),
    release: () => storage.release(),
    head: (savepoint) => storage.head(savepoint),
    segments: (savepoint) => storage.segments(savepoint),
    open(segment, savepoint) {
      steps.pass(`${mergeUnlessLoad()}: open`);
      return storage.open(segment, savepoint);
    },
    async append(segment, bytes, isLasting) {
      const what = `${writer(segment)}: append`;
      if (steps.isDue(`${what}, half`)) {
        await storage.append(segment, bytes.subarray(0, Math.ceil(bytes.length / 2)), false);
        die(`${what}, half`);
      }
      await stepped(what, () => storage.append(segment, bytes, isLasting));
    },
    publish: (head) => stepped(`${mergeUnlessLoad()}: publish`, () => storage.publish(head)),
    remove: (segments) => stepped(`${mergeUnlessLoad()}: remove`, () => storage.remove(segments)),
    copy: (savepoint, head, segments) => stepped('savepoint: copy', () => storage.copy(savepoint, head, segments)),
    setAside: () => storage.setAside(),
  };
}
