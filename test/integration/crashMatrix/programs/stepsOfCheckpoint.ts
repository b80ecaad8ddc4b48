import type {
  CheckpointContents,
  CheckpointStore,
  DurableCheckpoint,
} from '../../../../src/checkpoint/CheckpointStore.ts';
import type { Steps } from '../Steps.ts';

/** What a checkpoint is asked for just now; `rest` where it is left alone. */
export type Asked = 'load' | 'plan' | 'settle' | 'close' | 'rest';

/** A checkpoint with its steps, and what it is being asked for. */
export interface SteppedCheckpoint extends CheckpointStore {
  readonly asked: Asked;
  savepoint(name: string): Promise<void>;
}

/** The store with a step before and after each call; `loaded` and `planned` are told what came of them. */
export function stepsOfCheckpoint(
  store: DurableCheckpoint,
  steps: Steps,
  told: { loaded(contents: CheckpointContents): void; planned(time: number): void },
): SteppedCheckpoint {
  /** A batch may be planned while another settles: the store does one after the other. */
  const asked: Asked[] = [];
  async function during<T>(what: Asked, ask: () => Promise<T>): Promise<T> {
    steps.pass(`before ${what}`);
    asked.push(what);
    const answer = await ask();
    asked.shift();
    return answer;
  }
  return {
    name: store.name,
    durable: store.durable,
    get asked() {
      return asked[0] ?? 'rest';
    },
    load: () =>
      during('load', async () => {
        const contents = await store.load();
        steps.pass('after load');
        told.loaded(contents);
        return contents;
      }),
    plan: (batch) =>
      during('plan', async () => {
        await store.plan(batch);
        steps.pass('after plan');
        told.planned(batch.time);
      }),
    settle: (settlement) =>
      during('settle', async () => {
        await store.settle(settlement);
        steps.settled();
      }),
    savepoint: (name) => store.savepoint(name),
    close: () => during('close', () => store.close()),
  };
}
