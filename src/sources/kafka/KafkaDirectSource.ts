import type { Answer } from '../../core/Answer.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening } from '../Source.ts';
import { KafkaSession } from './KafkaSession.ts';
import type { KafkaSettings } from './KafkaSettings.ts';

/** @internal The contract's side of `kafkaDirect`: a session for each opening, nothing kept between two of them. */
export class KafkaDirectSource<R> implements Source<R> {
  readonly name: string;
  readonly replayable = true;
  readonly wakes = true;
  readonly startsFrom?: { readonly name: string };
  readonly #settings: KafkaSettings<R>;
  #session: KafkaSession<R> | undefined;

  constructor(settings: KafkaSettings<R>) {
    this.name = settings.name;
    this.#settings = settings;
    if (settings.offsets !== undefined) this.startsFrom = settings.offsets;
  }

  open(opening: SourceOpening): Promise<void> {
    this.#session = new KafkaSession(this.#settings, opening);
    return this.#session.open();
  }

  cut(time: number, limit: CutLimit): Answer<CutAnswer> {
    return (this.#session as KafkaSession<R>).cut(time, limit);
  }

  read(cut: Cut): Answer<RecordRun<R>> {
    return (this.#session as KafkaSession<R>).read(cut);
  }

  settled(): void {
    // Kafka keeps its records by itself, and what was fetched is let go of when it is read.
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }
}
