import { setTimeout as pause } from 'node:timers/promises';
import { client } from '../kafka/kafkaTopics.ts';

export const PARTITIONS = 3;
const KEYS = 17;
/** So many records of each partition at a time. */
const AT_ONCE = 20;

/** What has been produced. */
export interface Produced {
  readonly produced: number;
  readonly perKey: Readonly<Record<string, number>>;
}

/** Produces records `<partition> <number> <key>`, each of them once, until it is ended. */
export async function producing(topic: string): Promise<Produced & { end(): Promise<void> }> {
  const producer = client().producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const perKey: Record<string, number> = {};
  let next = 0;
  let isEnding = false;

  function messages(partition: number): { value: string; partition: number }[] {
    return Array.from({ length: AT_ONCE }, (_, at) => {
      const key = `k${(next + at) % KEYS}`;
      perKey[key] = (perKey[key] ?? 0) + 1;
      return { value: `${partition} ${next + at} ${key}`, partition };
    });
  }

  async function produce(): Promise<void> {
    while (!isEnding) {
      const all = Array.from({ length: PARTITIONS }, (_, partition) => messages(partition)).flat();
      await producer.send({ topic, messages: all });
      next += AT_ONCE;
      await pause(25); // more would be kept from the two cores that all of this shares
    }
  }

  const running = produce();
  running.catch(() => undefined); // told at the end
  return {
    get produced() {
      return next * PARTITIONS;
    },
    perKey,
    async end() {
      isEnding = true;
      await running;
      await producer.disconnect();
    },
  };
}
