import type { Answer } from '../../core/Answer.ts';
import { partitionKey } from '../../core/OffsetRange.ts';
import type { Cut, RecordRun } from '../Source.ts';
import type { Waits } from '../Waits.ts';
import { type DataLoss, lossError, lossMessage } from './DataLoss.ts';
import type { KafkaPartition } from './KafkaPartition.ts';
import type { KafkaSettings } from './KafkaSettings.ts';
import type { KafkaCutData } from './kafkaPosition.ts';
import { type FetchedRange, RangeRun, type RunReports } from './RangeRun.ts';
import { emptyChunk } from './RecordChunk.ts';

/** What reads need of the rest. */
export interface ReadHelp extends RunReports {
  partition(key: string): KafkaPartition | undefined;
  /** Makes partitions known that no cut takes in any more; resolves when it is clear whether they exist. */
  findExtra(topics: readonly string[]): Promise<void>;
  /** Fetches what is wanted now. */
  kick(): void;
}

type Range = KafkaCutData['ranges'][number];

/** Reads cuts, one after another: wants their ranges, waits until they are there, hands them out to be decoded. */
export class RangeReads<R> {
  readonly #settings: KafkaSettings<R>;
  readonly #waits: Waits;
  readonly #help: ReadHelp;
  #busy: Promise<unknown> | undefined;
  #check: (() => void) | undefined;
  #refuse: ((error: unknown) => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(settings: KafkaSettings<R>, waits: Waits, help: ReadHelp) {
    this.#settings = settings;
    this.#waits = waits;
    this.#help = help;
  }

  read({ data }: Cut): Answer<RecordRun<R>> {
    const cut = data as KafkaCutData;
    if (this.#busy === undefined && this.#isKnown(cut) && this.#want(cut)) return this.#handOut(cut);
    const reading = (this.#busy ?? Promise.resolve()).then(() => this.#fetched(cut));
    const busy = reading
      .catch(() => undefined)
      .finally(() => {
        if (this.#busy === busy) this.#busy = undefined;
      });
    this.#busy = busy;
    return reading;
  }

  /** Something has arrived, or has come to light. */
  progressed(): void {
    this.#check?.();
  }

  /** Nothing more can be fetched. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#refuse?.(error);
  }

  async #fetched(cut: KafkaCutData): Promise<RecordRun<R>> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#isKnown(cut)) await this.#help.findExtra(Object.keys(cut.ids));
    return this.#waits.untilEnd((resolve, reject) => {
      this.#want(cut);
      this.#refuse = (error) => {
        this.#check = undefined;
        reject(error);
      };
      this.#check = () => {
        try {
          if (!cut.ranges.every((range) => this.#isThere(cut, range))) return;
          this.#check = undefined;
          resolve(this.#handOut(cut));
        } catch (error) {
          this.#check = undefined;
          reject(error);
        }
      };
      this.#check();
      this.#help.kick();
    });
  }

  #isKnown({ ranges }: KafkaCutData): boolean {
    return ranges.every(([topic, partition]) => this.#find(topic, partition) !== undefined);
  }

  #find(topic: string, partition: number): KafkaPartition | undefined {
    return this.#help.partition(partitionKey({ topic, partition }));
  }

  /** Answers whether all of it is there. */
  #want({ ids, ranges }: KafkaCutData): boolean {
    let isThere = true;
    for (const [topic, number, from, until] of ranges) {
      const partition = this.#find(topic, number);
      if (partition === undefined || isOther(partition, ids[topic])) isThere = false;
      else if (!partition.feed.want(from, until)) isThere = false;
    }
    return isThere;
  }

  /** Whether a range is there; what is lost for good counts as there unless that is an error. */
  #isThere({ ids }: KafkaCutData, [topic, number, from, until]: Range): boolean {
    const partition = this.#find(topic, number);
    if (partition === undefined) return this.#lost(lossOf('deleted', topic, number, from), until);
    if (isOther(partition, ids[topic])) return this.#lost(lossOf('recreated', topic, number, from), until);
    const { feed, loss } = partition;
    if (feed.position >= until) return true;
    if (loss === undefined) return false;
    const end = loss.kind === 'expired' ? Math.min(loss.earliest, until) : until;
    if (end <= feed.position) return false;
    this.#lost({ ...loss, position: feed.position }, end);
    feed.append(emptyChunk('lost', feed.position, end));
    return end === until;
  }

  #lost(loss: DataLoss, until: number): true {
    const { name, onDataLost } = this.#settings;
    if (onDataLost === 'fail') throw lossError(name, loss);
    const count = until - loss.position;
    this.#help.report({
      code: 'RECORDS_DROPPED',
      message: `${name}: ${lossMessage(loss)}; ${count} offsets of a batch are left out.`,
      count,
      details: { ...loss },
    });
    return true;
  }

  #handOut({ ids, ranges }: KafkaCutData): RecordRun<R> {
    const fetched = ranges.flatMap(([topic, number, from, until]): readonly FetchedRange[] => {
      const partition = this.#find(topic, number);
      if (partition === undefined || isOther(partition, ids[topic])) return [];
      return [{ topic, partition: number, from, until, parts: partition.feed.take(from, until) }];
    });
    return new RangeRun(fetched, this.#settings, this.#help);
  }
}

/** Whether the cut was made of another topic of the same name. */
function isOther({ topicId, loss }: KafkaPartition, id: string | undefined): boolean {
  if (loss?.kind === 'recreated') return true;
  return id !== undefined && id !== '' && topicId !== '' && id !== topicId;
}

function lossOf(kind: 'deleted' | 'recreated', topic: string, partition: number, position: number): DataLoss {
  return { kind, topic, partition, position, earliest: -1, latest: -1 };
}
