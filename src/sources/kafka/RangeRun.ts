import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import { type DecodeTally, decodeRecords } from '../../drivers/kafka/decodeRecords.ts';
import type { KafkaRecord } from '../../drivers/kafka/KafkaRecord.ts';
import type { RecordRun, SourceReport } from '../Source.ts';
import type { KafkaSettings } from './KafkaSettings.ts';
import type { ChunkPart } from './PartitionFeed.ts';
import { Undecodable } from './recordDecoder.ts';

/** One range of a cut with all that was fetched of it. */
export interface FetchedRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly until: number;
  readonly parts: readonly ChunkPart[];
}

/** What a run of records tells. */
export interface RunReports {
  report(report: SourceReport): void;
  /** Offsets of a range that no record has any more. */
  gap(range: FetchedRange, missing: number): void;
}

/** What the first pass over a range has found; told once, however often the records are read. */
interface Findings {
  missing: number;
  /** Offset after the last undecodable record that was dealt with. */
  handled: number;
  skipped: number;
  firstSkipped: Undecodable | undefined;
  corrupt: number;
  isTold: boolean;
}

type Visit = (record: KafkaRecord) => unknown;

/** The records of a cut, decoded while they are visited. */
export class RangeRun<R> implements RecordRun<R> {
  readonly #ranges: readonly FetchedRange[];
  readonly #findings: readonly Findings[];
  readonly #settings: KafkaSettings<R>;
  readonly #reports: RunReports;

  constructor(ranges: readonly FetchedRange[], settings: KafkaSettings<R>, reports: RunReports) {
    this.#ranges = ranges;
    this.#settings = settings;
    this.#reports = reports;
    this.#findings = ranges.map(({ from }) => ({
      missing: 0,
      handled: from,
      skipped: 0,
      firstSkipped: undefined,
      corrupt: 0,
      isTold: false,
    }));
  }

  run(visit: (record: R) => unknown): void {
    for (const [i, range] of this.#ranges.entries()) {
      const findings = this.#findings[i] as Findings;
      const visitRaw = this.#decoding(visit, range, findings);
      findings.missing = 0;
      findings.corrupt = 0;
      for (const part of range.parts) if (!this.#runPart(range, part, visitRaw, findings)) return;
      if (!findings.isTold) this.#tell(range, findings);
    }
  }

  /** The visitor of records as they are read. */
  #decoding(visit: (record: R) => unknown, range: FetchedRange, findings: Findings): Visit {
    const { decoder } = this.#settings;
    if (decoder === undefined) return visit as unknown as Visit;
    return (raw) => {
      let record: R;
      try {
        record = decoder(raw);
      } catch (error) {
        this.#undecodable(raw, error as Undecodable, range, findings);
        return undefined;
      }
      return visit(record);
    };
  }

  /** Answers `false` if the visitor has had enough. */
  #runPart(range: FetchedRange, { chunk, from, until }: ChunkPart, visit: Visit, findings: Findings): boolean {
    if (chunk.kind === 'lost') return true;
    if (chunk.kind === 'hole') {
      findings.missing += until - from;
      return true;
    }
    const { topic, partition } = range;
    const { isolation, onCorrupt } = this.#settings;
    let position = from;
    while (position < until) {
      const options = { topic, partition, from: position, until, isolation, aborted: chunk.aborted };
      let tally: DecodeTally;
      try {
        tally = decodeRecords(chunk.records, options, visit);
      } catch (error) {
        const next = onCorrupt === 'skip' ? behindCorrupt(error, range) : undefined;
        if (next === undefined || next <= position) throw error;
        findings.corrupt += Math.min(next, until) - Math.max(corruptAt(error), position);
        position = next;
        continue;
      }
      if (tally.stopped) return false;
      if (tally.nextPosition <= position) throw endsEarly(range, tally.nextPosition);
      findings.missing += tally.missing;
      position = tally.nextPosition;
    }
    return true;
  }

  #undecodable(raw: KafkaRecord, failure: Undecodable, range: FetchedRange, findings: Findings): void {
    const { onUndecodable, name } = this.#settings;
    const { part, error } = failure;
    if (!(failure instanceof Undecodable)) throw failure;
    if (onUndecodable === 'fail') {
      const why = reasonOf(error);
      throw new StreamError(
        'RECORD_UNDECODABLE',
        `${name}: the ${part} of ${range.topic}[${range.partition}] offset ${raw.offset} cannot be decoded: ${why}. ` +
          "Mend the deserializer, or say onUndecodable: 'skip', or give a function that keeps such records elsewhere.",
        { cause: error, details: { topic: range.topic, partition: range.partition, offset: raw.offset, part } },
      );
    }
    if (raw.offset < findings.handled) return;
    findings.handled = raw.offset + 1;
    findings.skipped++;
    findings.firstSkipped ??= failure;
    if (onUndecodable !== 'skip') onUndecodable({ record: raw, part, error });
  }

  #tell({ topic, partition, from, until, ...range }: FetchedRange, findings: Findings): void {
    findings.isTold = true;
    const { skipped, firstSkipped, corrupt, missing } = findings;
    const { name } = this.#settings;
    const where = `between offsets ${from} and ${until - 1} of ${topic}[${partition}]`;
    const details = { topic, partition, from, until };
    if (skipped > 0) {
      const message = `${name}: ${skipped} records ${where} cannot be decoded and were left out.`;
      this.#reports.report({
        code: 'RECORD_UNDECODABLE',
        message,
        count: skipped,
        cause: firstSkipped?.error,
        details,
      });
    }
    if (corrupt > 0) {
      const message = `${name}: ${corrupt} offsets ${where} are in corrupt batches and were left out.`;
      this.#reports.report({ code: 'DATA_CORRUPT', message, count: corrupt, details });
    }
    if (missing > 0) this.#reports.gap({ topic, partition, from, until, ...range }, missing);
  }
}

/** The offset behind a corrupt batch of this range; `undefined` for every other failure. */
function behindCorrupt(error: unknown, { topic, partition }: FetchedRange): number | undefined {
  if (!isStreamError(error, 'DATA_CORRUPT')) return undefined;
  const { details } = error;
  const isOurs = details.topic === topic && details.partition === partition;
  return isOurs && typeof details.nextOffset === 'number' ? details.nextOffset : undefined;
}

function corruptAt(error: unknown): number {
  return isStreamError(error) ? (error.details.offset as number) : 0;
}

function endsEarly({ topic, partition, until }: FetchedRange, at: number): StreamError {
  return new StreamError(
    'DATA_CORRUPT',
    `Kafka ${topic} partition ${partition}: expected records up to offset ${until}, and the batches end at ${at}.`,
    { details: { topic, partition, offset: at } },
  );
}
