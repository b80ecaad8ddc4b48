import { expect, it } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { isStreamError } from '../../../src/index.ts';
import type { Cut } from '../../../src/sources/Source.ts';
import { type Seeded, seeded, seeds } from '../../support/seeded.ts';
import { promisesSettle } from '../../support/stage.ts';
import { block } from './handReceiver.ts';
import { logWith, Session } from './session.ts';

/** What may happen to a receiver, its log, or its run. */
const STEPS = ['store', 'store', 'written', 'written', 'cut', 'cut', 'read', 'settle', 'settle', 'retry'] as const;

/** A receiver over a log of 700 bytes whose writes are answered when they are told to, against what has to be in its batches. */
class Life {
  readonly #gates: (() => void)[] = [];
  readonly #session: Session;
  readonly #random: Seeded;
  /** In the order of the log. */
  readonly #appended: string[] = [];
  readonly #safe = new Set<string>();
  readonly #refused = new Set<string>();
  /** In the order of the cuts. */
  readonly #batched: string[] = [];
  #unsettled: { readonly cut: Cut; records: readonly string[] | undefined }[] = [];
  #position: unknown;
  #given = 0;
  #time = 0;

  constructor(random: Seeded) {
    this.#random = random;
    const maxRatePerSecond = random.pick([Number.POSITIVE_INFINITY, 3, 20]);
    const maxBatchBytes = random.pick([1, 30, 1_000_000]);
    const log = logWith(
      (inner) => ({
        append: (one) => {
          const first = inner.append(one) as number;
          this.#appended.push(...JSON.parse(Buffer.concat(one.parts).toString()));
          return new Promise<number>((resolve) => this.#gates.push(() => resolve(first)));
        },
      }),
      700,
    );
    this.#session = Session.open({ log, maxRatePerSecond, maxBatchBytes });
  }

  async step(): Promise<void> {
    const { int, pick } = this.#random;
    const step = pick(STEPS);
    if (step === 'store') this.#store(int(1, 5), pick([true, false]));
    else if (step === 'cut') this.#cut(pick([1, 2, 7, Number.POSITIVE_INFINITY]), pick([0, 100, 1000]));
    else if (step === 'written') this.#gates.shift()?.();
    else if (step === 'read') this.#readAgain();
    else if (step === 'settle') this.#settle();
    else await this.#retry();
    await promisesSettle();
  }

  /** Stops gracefully: answers what was in the batches, what the log has taken, and what was said to be safe. */
  async finish(): Promise<readonly (readonly string[])[]> {
    const drained = promised(() => this.#session.source.drain?.());
    let isDrained = false;
    void drained.then(() => {
      isDrained = true;
    });
    for (let more = true, turn = 0; more || !isDrained || this.#gates.length > 0; turn++) {
      if (turn > 1000) throw new Error('never ends');
      for (const written of this.#gates.splice(0)) written();
      await promisesSettle();
      this.#time += 100;
      more = this.#cut(Number.POSITIVE_INFINITY, 100);
      this.#settle();
    }
    await this.#session.close();
    await promisesSettle();
    expect(this.#safe.size + this.#refused.size).toBe(this.#given);
    return [this.#batched, this.#appended, this.#appended.filter((record) => this.#safe.has(record))];
  }

  #store(count: number, isPatient: boolean): void {
    const records = Array.from({ length: count }, () => String(this.#given++));
    const { host } = this.#session.receiver;
    const one = block(records);
    void host
      .room(100, isPatient ? 'until the end' : 'until stop')
      .then(() => host.store(one))
      .then(
        () => {
          for (const record of records) this.#safe.add(record);
        },
        (error: unknown) => {
          expect(isStreamError(error, 'BUFFER_FULL') || isStreamError(error, 'SOURCE_FAILED')).toBe(true);
          for (const record of records) this.#refused.add(record);
        },
      );
  }

  #cut(maxRecords: number, intervalMs: number): boolean {
    this.#time += 50;
    const { cut, empty, more } = this.#session.cut(maxRecords, intervalMs, this.#time);
    const before = (this.#position as { readonly next: number } | undefined)?.next ?? 0;
    const { from, until } = cut.data as { readonly from: number; readonly until: number };
    expect([from, cut.records, empty]).toEqual([before, until - from, until === from]);
    expect(until - from).toBeLessThanOrEqual(maxRecords);
    this.#position = cut.position;
    const records = this.#session.read(cut);
    expect(records.filter((record) => !this.#safe.has(record))).toEqual([]);
    this.#batched.push(...records);
    this.#unsettled.push({ cut, records });
    return more === true;
  }

  #readAgain(): void {
    for (const { cut, records } of this.#unsettled) expect(this.#session.read(cut)).toEqual(records);
  }

  #settle(): void {
    const [oldest] = this.#unsettled.splice(0, 1);
    if (oldest !== undefined) this.#session.source.settled(oldest.cut);
  }

  /** The run fails; the next one goes on behind the last cut, with those that have not settled again. */
  async #retry(): Promise<void> {
    const closed = this.#session.close();
    for (const written of this.#gates.splice(0)) written();
    await closed;
    await promisesSettle();
    await promised(() => this.#session.open(this.#position));
    this.#readAgain();
  }
}

it.each(seeds(100))(
  'in whatever order things happen, each record that is safe is in one batch, in its place: seed %i',
  async (seed) => {
    const life = new Life(seeded(seed));
    for (let steps = 0; steps < 60; steps++) await life.step();
    const [batched, appended, safe] = await life.finish();
    expect(batched).toEqual(appended);
    expect(safe).toEqual(appended);
  },
);
