import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { vi } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import type { StreamError } from '../../../src/core/errors.ts';
import { SOURCE, type Source, type SourceReport } from '../../../src/index.ts';
import { asText, type KafkaReceiverOptions, kafkaReceiver, type TypedKafkaRecord } from '../../../src/kafka.ts';
import type { BlockLog } from '../../../src/receiver.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import type { FakeKafkaGroup } from '../../support/FakeKafkaGroup.ts';
import { PATIENT } from '../../support/patient.ts';

type TextRecord = TypedKafkaRecord<Buffer | null, string>;
export type ReceivingOptions = Partial<Omit<KafkaReceiverOptions<Buffer | null, string>, 'kafka'>>;

/** A receiver between `open` and `close`, cut by hand. */
export class Receiving {
  readonly source: Source<TextRecord>;
  readonly reports: SourceReport[] = [];
  readonly values: string[] = [];
  readonly end: AbortController = new AbortController();
  readonly #scheduler: SchedulerLike;

  constructor(kafka: FakeKafkaGroup, options: ReceivingOptions = {}, scheduler: SchedulerLike = asyncScheduler) {
    const given = { topics: ['lines'], groupId: 'group', log: 'memory', from: 'earliest', ...options } as const;
    this.#scheduler = scheduler;
    this.source = kafkaReceiver({
      blockIntervalMs: 1,
      heartbeatIntervalMs: 2,
      metadataIntervalMs: 5,
      value: asText(),
      ...given,
      kafka,
    } as KafkaReceiverOptions<Buffer | null, string>)[SOURCE]();
  }

  async open(): Promise<this> {
    await promised(() =>
      this.source.open({
        position: undefined,
        scheduler: this.#scheduler,
        signal: this.end.signal,
        wake: () => undefined,
        report: (report) => this.reports.push(report),
      }),
    );
    return this;
  }

  /** Cuts, reads and settles what is there. */
  async take(): Promise<void> {
    const answer = await promised(() => this.source.cut(Date.now(), { intervalMs: 10, maxRecords: 1e9 }));
    const records = await promised(() => this.source.read(answer.cut));
    if ('run' in records) records.run(({ value }) => void this.values.push(value));
    await promised(() => this.source.settled(answer.cut));
    if (answer.error !== undefined) throw answer.error;
  }

  /** Takes until there is so much. */
  async got(count: number): Promise<readonly string[]> {
    await vi.waitUntil(async () => {
      await this.take();
      return this.values.length >= count;
    }, PATIENT);
    return this.values;
  }

  async failed(): Promise<StreamError> {
    let failure: unknown;
    await vi.waitUntil(async () => {
      await this.take().catch((error: unknown) => {
        failure = error;
      });
      return failure !== undefined;
    }, PATIENT);
    return failure as StreamError;
  }

  told(code: SourceReport['code']): readonly SourceReport[] {
    return this.reports.filter((report) => report.code === code);
  }

  async drained(): Promise<void> {
    await promised(() => this.source.drain?.());
  }

  async close(): Promise<void> {
    this.end.abort(new Error('the run has ended'));
    await promised(() => this.source.close());
  }
}

/** A log whose appends wait until they are let go, or fail. */
export function gated(): {
  readonly log: () => BlockLog;
  readonly appends: { pass(): void; fail(error: unknown): void }[];
} {
  const appends: { pass(): void; fail(error: unknown): void }[] = [];
  const inner = memoryLog({ name: 'gated', maxBytes: 1e6 });
  const log = (): BlockLog => ({
    name: inner.name,
    durable: true,
    maxBytes: inner.maxBytes,
    get bytes() {
      return inner.bytes;
    },
    hasRoom: (bytes) => inner.hasRoom(bytes),
    open: (scheduler, report) => inner.open(scheduler, report),
    append: (block) =>
      new Promise<number>((resolve, reject) => {
        appends.push({ pass: () => resolve(inner.append(block) as number), fail: reject });
      }),
    take: (from, limit) => inner.take(from, limit),
    read: (from, until) => inner.read(from, until),
    trim: (until) => inner.trim(until),
    close: () => inner.close(),
  });
  return { log, appends };
}
