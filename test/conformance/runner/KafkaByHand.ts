import { SOURCE, type Source, type SourceOpening } from 'rx-dstream';
import { type KafkaDirectOptions, type KafkaRecord, kafkaDirect } from 'rx-dstream/kafka';
import { asyncScheduler } from 'rxjs';
import { promised } from '../../../src/core/Answer.ts';
import type { Cut, CutAnswer } from '../../../src/sources/Source.ts';
import type { FakeKafkaDriver } from '../../support/fakeKafkaDriver.ts';

/** `kafkaDirect` over a cluster in memory, cut and read by hand. */
export class KafkaByHand {
  readonly #source: Source<KafkaRecord>;
  readonly #end = new AbortController();

  private constructor(options: KafkaDirectOptions) {
    this.#source = kafkaDirect(options as KafkaDirectOptions & { key?: never; value?: never })[SOURCE]();
  }

  static async open(kafka: FakeKafkaDriver, options: Omit<KafkaDirectOptions, 'kafka'>): Promise<KafkaByHand> {
    const one = new KafkaByHand({ from: 'earliest', ...options, kafka });
    const { signal } = one.#end;
    const opening: SourceOpening = {
      position: undefined,
      scheduler: asyncScheduler,
      signal,
      wake: () => {},
      report: () => {},
    };
    await promised(() => one.#source.open(opening));
    return one;
  }

  /** The next cut that holds something, or is the last. */
  async cut(intervalMs: number, maxRecords: number = Number.POSITIVE_INFINITY): Promise<CutAnswer> {
    for (let time = intervalMs; ; time += intervalMs) {
      const answer = await promised(() => this.#source.cut(time, { intervalMs, maxRecords }));
      if (!answer.empty || answer.last === true) return answer;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** The first records of a cut, or all. */
  async read(cut: Cut, most: number = Number.POSITIVE_INFINITY): Promise<readonly KafkaRecord[]> {
    const run = await promised(() => this.#source.read(cut));
    const records: KafkaRecord[] = [];
    if (!('run' in run)) throw new Error('expected a run of records');
    run.run((record) => records.push(record) < most);
    return records;
  }

  async close(): Promise<void> {
    this.#end.abort(new Error('the case is over'));
    await promised(() => this.#source.close());
  }
}
