import type { OffsetStore } from '../../../../src/offsets/OffsetStore.ts';
import type { Steps } from '../Steps.ts';

/** The store with a step between output and commit, and one between commit and settle. */
export function stepsOfOffsets(store: OffsetStore, steps: Steps): OffsetStore {
  return {
    name: store.name,
    load: (query) => store.load(query),
    async commit(offsets) {
      steps.pass('between output and commit');
      const outcome = await store.commit(offsets);
      steps.pass('between commit and settle');
      return outcome as Awaited<ReturnType<OffsetStore['commit']>> as never;
    },
    close: () => store.close(),
  };
}
