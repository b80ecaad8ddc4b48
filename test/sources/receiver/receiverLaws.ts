import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, promised } from '../../../src/core/Answer.ts';
import { StreamError } from '../../../src/core/errors.ts';
import type { NewBlock, Receiver, ReceiverHost } from '../../../src/receiver.ts';
import type { SourceReport } from '../../../src/sources/Source.ts';
import { PATIENT } from '../../support/patient.ts';
import { taken } from '../../support/taken.ts';

/** A receiver and the outside it receives from, made anew for each law. */
export interface ReceiverPlace<T> {
  readonly receiver: Receiver<T>;
  /** Lets so many more records arrive; answers them in order, as `recordKey` sees them. */
  feed(count: number): Answer<readonly unknown[]>;
  /** What the outside was told to be safe, in any order. */
  acknowledged?(): readonly unknown[];
  dispose?(): Answer<void>;
}

/** What the laws are to know of the receiver under test. */
export interface ReceiverUnderTest<T> {
  readonly name: string;
  make(): Answer<ReceiverPlace<T>>;
  readonly recordKey?: (record: T) => unknown;
  /** Its outside is told nothing: it has no `acknowledged`. */
  readonly isMute?: boolean;
}

/** A host that keeps blocks, and says that they are safe when it is told to. */
export class WatchedHost implements ReceiverHost {
  readonly scheduler: SchedulerLike = asyncScheduler;
  readonly end_: AbortController = new AbortController();
  readonly signal: AbortSignal = this.end_.signal;
  readonly note: unknown = undefined;
  readonly blocks: { readonly bytes: Buffer; readonly records: number }[] = [];
  readonly codes: SourceReport['code'][] = [];
  /** Blocks are safe at once; otherwise when `open` is called. */
  isOpen = true;
  /** Blocks are refused for want of room. */
  isFull = false;
  refused = 0;
  #gates: (() => void)[] = [];
  #rooms: (() => void)[] = [];

  /** From now on blocks are safe at once. */
  open(): void {
    this.isOpen = true;
    for (const gate of this.#gates.splice(0)) gate();
  }

  /** From now on there is room. */
  empty(): void {
    this.isFull = false;
    for (const room of this.#rooms.splice(0)) room();
  }

  async store({ parts, records }: NewBlock): Promise<void> {
    if (this.isFull) {
      this.refused++;
      throw new StreamError('BUFFER_FULL', 'no room', { retriable: true });
    }
    this.blocks.push({ bytes: Buffer.concat(parts), records });
    if (!this.isOpen) await new Promise<void>((resolve) => this.#gates.push(resolve));
  }

  hasRoom(): boolean {
    return !this.isFull;
  }

  async room(): Promise<void> {
    if (this.isFull) await new Promise<void>((resolve) => this.#rooms.push(resolve));
  }

  report(code: SourceReport['code']): void {
    this.codes.push(code);
  }

  end(): void {}
}

/**
 * The contract of `Receiver` as tests, one for each law, for whoever writes a receiver. On real time: where something has to arrive it
 * is waited for.
 */
export function receiverLaws<T>({
  name,
  make,
  recordKey = (record: T) => record,
  isMute = false,
}: ReceiverUnderTest<T>): void {
  describe(`the laws of receivers: ${name}`, () => {
    const law = (rule: string, check: (trial: Trial<T>) => Promise<void>): void =>
      it(rule, async () => {
        const place = await promised(() => make());
        const trial = new Trial(place, recordKey);
        try {
          await check(trial);
        } finally {
          await trial.stopped();
          await promised(() => place.dispose?.());
        }
      });

    const lawOfAcknowledging: typeof law = (rule, check) => {
      if (!isMute) law(rule, check);
    };

    law('what comes is stored in order, each block with as many records as it says', async (trial) => {
      await trial.start();
      const fed = [...(await trial.feed(5)), ...(await trial.feed(3))];
      await vi.waitFor(() => expect(trial.keys().slice(0, fed.length)).toEqual(fed), PATIENT);
    });

    law('a block decodes to the same records each time, also from other memory', async (trial) => {
      await trial.start();
      await trial.arrived(4);
      const { receiver, host } = trial;
      for (const { bytes } of host.blocks) {
        const moved = new Uint8Array(bytes.length + 3).fill(255);
        moved.set(bytes, 3);
        expect(taken(receiver.decode(moved.subarray(3)))).toEqual(taken(receiver.decode(new Uint8Array(bytes))));
      }
    });

    lawOfAcknowledging('nothing is acknowledged before it is safe', async (trial) => {
      trial.host.isOpen = false;
      await trial.start();
      const fed = await trial.feed(3);
      await vi.waitFor(() => expect(trial.host.blocks.length).toBeGreaterThan(0), PATIENT);
      await turns();
      expect(trial.acknowledged()).toEqual([]);
      trial.host.open();
      await vi.waitFor(() => expect(trial.acknowledged()).toEqual(expect.arrayContaining([...fed])), PATIENT);
    });

    lawOfAcknowledging('what finds no room is not acknowledged', async (trial) => {
      trial.host.isFull = true;
      await trial.start();
      await trial.feed(3);
      await turns();
      expect([trial.acknowledged(), trial.host.blocks]).toEqual([[], []]);
      trial.host.empty();
    });

    law('nothing is stored after the stop was answered', async (trial) => {
      await trial.start();
      await trial.arrived(2);
      await trial.stopped();
      const before = trial.host.blocks.length;
      await trial.feed(2);
      await turns();
      expect([trial.host.blocks.length, trial.host.refused]).toEqual([before, 0]);
    });

    lawOfAcknowledging('a stop lets what is being stored be acknowledged first', async (trial) => {
      trial.host.isOpen = false;
      await trial.start();
      const fed = await trial.feed(2);
      await vi.waitFor(() => expect(trial.keys()).toEqual(expect.arrayContaining([...fed])), PATIENT);
      const stopped = trial.stopped();
      await turns();
      trial.host.open();
      await stopped;
      await vi.waitFor(() => expect(trial.acknowledged()).toEqual(expect.arrayContaining([...fed])), PATIENT);
    });

    law('a run that has ended is left soon, whatever was going on', async (trial) => {
      await trial.start();
      await trial.arrived(1);
      trial.host.end_.abort();
      await trial.stopped();
    });
  });
}

class Trial<T> {
  readonly host: WatchedHost = new WatchedHost();
  readonly place: ReceiverPlace<T>;
  readonly #recordKey: (record: T) => unknown;
  #stopped: Promise<void> | undefined;
  #isStarted = false;

  constructor(place: ReceiverPlace<T>, recordKey: (record: T) => unknown) {
    this.place = place;
    this.#recordKey = recordKey;
  }

  get receiver(): Receiver<T> {
    return this.place.receiver;
  }

  acknowledged(): readonly unknown[] {
    const { acknowledged } = this.place;
    if (acknowledged === undefined) throw new Error('expected acknowledged(), or isMute');
    return acknowledged();
  }

  async start(): Promise<void> {
    this.#isStarted = true;
    await promised(() => this.receiver.start(this.host));
  }

  async feed(count: number): Promise<readonly unknown[]> {
    return promised(() => this.place.feed(count));
  }

  /** Feeds and waits until it is stored. */
  async arrived(count: number): Promise<void> {
    const fed = await this.feed(count);
    await vi.waitFor(() => expect(this.keys()).toEqual(expect.arrayContaining([...fed])), PATIENT);
  }

  /** Of all stored records; every block has as many as it says. */
  keys(): unknown[] {
    return this.host.blocks.flatMap(({ bytes, records }) => {
      const decoded = taken(this.receiver.decode(bytes));
      expect(decoded.length).toBe(records);
      return decoded.map(this.#recordKey);
    });
  }

  stopped(): Promise<void> {
    if (!this.#isStarted) return Promise.resolve();
    this.#stopped ??= promised(() => this.receiver.stop());
    return this.#stopped;
  }
}

/** Some turns of the event loop, in which whatever is ready happens. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}
