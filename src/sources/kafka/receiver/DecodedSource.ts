import { type Answer, thenAnswer } from '../../../core/Answer.ts';
import { StreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import type { KafkaRecord } from '../../../drivers/kafka/KafkaRecord.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening } from '../../Source.ts';
import type { UndecodableRecord } from '../Deserializer.ts';
import { type RecordDecoder, Undecodable } from '../recordDecoder.ts';

/** What becomes of a record that a deserializer cannot make sense of. */
export type OnUndecodableRecord = 'fail' | 'skip' | ((record: UndecodableRecord) => void);

/** A source of records as they were read, whose users see what deserializers make of them. */
export class DecodedSource<R> implements Source<R> {
  readonly name: string;
  readonly replayable: boolean;
  readonly wakes: boolean;
  readonly #source: Source<KafkaRecord>;
  readonly #decoder: RecordDecoder<R>;
  readonly #onUndecodable: OnUndecodableRecord;
  #report: SourceOpening['report'] = () => undefined;

  constructor(source: Source<KafkaRecord>, decoder: RecordDecoder<R>, onUndecodable: OnUndecodableRecord) {
    this.name = source.name;
    this.replayable = source.replayable;
    this.wakes = source.wakes;
    this.#source = source;
    this.#decoder = decoder;
    this.#onUndecodable = onUndecodable;
  }

  open(opening: SourceOpening): Answer<void> {
    this.#report = (report) => opening.report(report);
    return this.#source.open(opening);
  }

  cut(time: number, limit: CutLimit): Answer<CutAnswer> {
    return this.#source.cut(time, limit);
  }

  read(cut: Cut): Answer<RecordRun<R>> {
    return thenAnswer(this.#source.read(cut), (records) => this.#decoded(records));
  }

  settled(cut: Cut): Answer<void> {
    return this.#source.settled(cut);
  }

  drain(): Answer<void> {
    return this.#source.drain?.();
  }

  close(): Answer<void> {
    return this.#source.close();
  }

  #decoded(records: Iterable<KafkaRecord> | RecordRun<KafkaRecord>): RecordRun<R> {
    let isTold = false;
    return {
      run: (visit) => {
        let skipped = 0;
        let first: UndecodableRecord | undefined;
        const visitRaw = (raw: KafkaRecord): unknown => {
          let record: R;
          try {
            record = this.#decoder(raw);
          } catch (error) {
            const undecodable = this.#undecodable(raw, error);
            skipped++;
            first ??= undecodable;
            // However often a batch is read, its user is told once.
            if (!isTold && typeof this.#onUndecodable === 'function') this.#onUndecodable(undecodable);
            return undefined;
          }
          return visit(record);
        };
        if ('run' in records) records.run(visitRaw);
        else for (const raw of records) if (visitRaw(raw) === false) return;
        if (first === undefined || isTold) return;
        isTold = true;
        this.#tell(skipped, first);
      },
    };
  }

  #undecodable(record: KafkaRecord, failure: unknown): UndecodableRecord {
    if (!(failure instanceof Undecodable)) throw failure;
    const { part, error } = failure;
    if (this.#onUndecodable !== 'fail') return { record, part, error };
    const { topic, partition, offset } = record;
    throw new StreamError(
      'RECORD_UNDECODABLE',
      `${this.name}: the ${part} of ${topic}[${partition}] offset ${offset} cannot be decoded: ${reasonOf(error)}. ` +
        "Mend the deserializer, or say onUndecodable: 'skip', or give a function that keeps such records elsewhere.",
      { cause: error, details: { topic, partition, offset, part } },
    );
  }

  #tell(count: number, { record, part, error }: UndecodableRecord): void {
    const { topic, partition, offset } = record;
    const message = `${this.name}: ${count} records of a batch cannot be decoded and were left out, first the ${part} of ${topic}[${partition}] offset ${offset}.`;
    this.#report({
      code: 'RECORD_UNDECODABLE',
      message,
      count,
      cause: error,
      details: { topic, partition, offset, part },
    });
  }
}
