import { asyncScheduler } from 'rxjs';
import { vi } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import type { Cut, CutAnswer, SourceReport } from '../../../src/index.ts';
import { SOURCE, type Source } from '../../../src/index.ts';
import { asText, type KafkaDirectOptions, kafkaDirect, orNull } from '../../../src/kafka.ts';
import type { TypedKafkaRecord } from '../../../src/sources/kafka/TypedKafkaRecord.ts';
import type { FakeKafkaDriver } from '../../support/fakeKafkaDriver.ts';
import { PATIENT } from '../../support/patient.ts';

type Options = Partial<Omit<KafkaDirectOptions, 'kafka' | 'key' | 'value'>>;
type TextRecord = TypedKafkaRecord<Buffer | null, string | null>;

/** A kafkaDirect source between `open` and `close`, driven by hand. */
export class Session {
  readonly source: Source<TextRecord>;
  readonly reports: SourceReport[] = [];
  wakes = 0;
  readonly #end = new AbortController();

  constructor(options: Options & { readonly kafka: FakeKafkaDriver }) {
    this.source = kafkaDirect({ topics: ['lines'], from: 'earliest', ...options, value: orNull(asText()) })[SOURCE]();
  }

  /** Opens a session that is closed by {@link closeAll}. */
  static async open(kafka: FakeKafkaDriver, options: Options = {}, position?: unknown): Promise<Session> {
    const session = new Session({ kafka, metadataIntervalMs: 5, ...options });
    open.push(session);
    await session.open(position);
    return session;
  }

  open(position?: unknown): Promise<void> {
    return promised(() =>
      this.source.open({
        position,
        scheduler: asyncScheduler,
        signal: this.#end.signal,
        wake: () => this.wakes++,
        report: (report) => this.reports.push(report),
      }),
    );
  }

  cut(intervalMs = 100, maxRecords: number = Number.POSITIVE_INFINITY, time: number = Date.now()): Promise<CutAnswer> {
    return promised(() => this.source.cut(time, { intervalMs, maxRecords }));
  }

  async read(cut: Cut): Promise<(string | null)[]> {
    const records = await promised(() => this.source.read(cut));
    const values: (string | null)[] = [];
    if (!('run' in records)) throw new Error('expected a run of records');
    records.run(({ value }) => void values.push(value));
    return values;
  }

  /** Cuts until there is something, and reads it. */
  async next(intervalMs?: number): Promise<{ readonly cut: Cut; readonly values: (string | null)[] }> {
    const answer = await vi.waitUntil(async () => {
      const one = await this.cut(intervalMs);
      if (one.error !== undefined) throw one.error;
      return one.empty ? undefined : one;
    }, PATIENT);
    return { cut: answer.cut, values: await this.read(answer.cut) };
  }

  /** Cuts until that ends the stream, and answers the error. */
  async failure(intervalMs?: number): Promise<unknown> {
    const { error } = await vi.waitUntil(async () => {
      const one = await this.cut(intervalMs);
      return one.last === true ? one : undefined;
    }, PATIENT);
    return error;
  }

  reported(code: SourceReport['code']): Promise<SourceReport> {
    return vi.waitUntil(() => this.reports.find((report) => report.code === code), PATIENT);
  }

  abort(): void {
    this.#end.abort(new Error('the run has ended'));
  }

  async close(): Promise<void> {
    this.abort();
    await promised(() => this.source.close());
  }
}

const open: Session[] = [];

export async function closeAll(): Promise<void> {
  for (const session of open.splice(0)) await session.close();
}
