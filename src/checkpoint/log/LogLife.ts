import { randomBytes } from 'node:crypto';
import type { PlannedBatch, Settlement } from '../CheckpointStore.ts';
import { CLONES, encodeHead, type Head } from './head.ts';
import type { LogStorage } from './LogStorage.ts';
import { LogWriter } from './LogWriter.ts';
import { promised } from './promised.ts';
import type { ReadLog } from './readLog.ts';

/** What is published when there is nothing yet: from then on segments without a head are known to have lost theirs. */
export const FIRST_HEAD: Head = {
  life: 0,
  clones: CLONES,
  node: process.versions.node,
  base: undefined,
  log: [],
  isClosed: false,
};

/** From a `load` to its end: what the head says as this owner has published it, and the segment that is written to. */
export class LogLife {
  readonly #head: Head;
  readonly #writer: LogWriter;

  private constructor(head: Head, writer: LogWriter) {
    this.#head = head;
    this.#writer = writer;
  }

  /**
   * Goes on after what was read, in a segment of its own: whatever a crash or an overtaken owner has left behind the lengths that the
   * head names now, or still writes there, is never looked at again.
   */
  static async begin(storage: LogStorage, before: Head, read: ReadLog): Promise<LogLife> {
    const life = before.life + 1;
    const begun = await LogWriter.begin(storage, segmentName('log', life, 0), read.next);
    const head: Head = {
      life,
      clones: Math.max(CLONES, before.clones),
      node: before.clones > CLONES ? before.node : process.versions.node,
      base: before.base,
      log: [...read.log, begun],
      isClosed: false,
    };
    const states = [...read.contents.states].map(([name, { version, live }]) => [name, { version, live }] as const);
    await promised(() => storage.publish(encodeHead(head)));
    return new LogLife(head, new LogWriter(storage, new Map(states), begun));
  }

  get head(): Head {
    return this.#head;
  }

  plan(batch: PlannedBatch): Promise<void> {
    return this.#writer.plan(batch);
  }

  settle(settlement: Settlement): Promise<void> {
    return this.#writer.settle(settlement);
  }
}

/** The last part keeps two owners apart that both believe to be the next one. */
function segmentName(kind: 'base' | 'log', life: number, n: number): string {
  return `${kind}-${life}-${n}-${randomBytes(4).toString('hex')}`;
}
