import type { Answer } from '../../core/Answer.ts';
import { isStreamError, StreamError } from '../../core/errors.ts';
import type { ClusterMetadata } from '../../drivers/kafka/KafkaDriver.ts';
import { type DriverInUse, kafkaDriverFor } from '../../drivers/kafka/kafkaDriverFor.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, SourceOpening } from '../Source.ts';
import { Waits } from '../Waits.ts';
import { ClusterWatch } from './ClusterWatch.ts';
import { CutPlanner, type PlannedRanges } from './CutPlanner.ts';
import { lossError, lossMessage } from './DataLoss.ts';
import { Fetcher } from './Fetcher.ts';
import { GapCounts } from './GapCounts.ts';
import type { KafkaPartition } from './KafkaPartition.ts';
import type { KafkaSettings } from './KafkaSettings.ts';
import { type KafkaPosition, kafkaCutData, kafkaPosition } from './kafkaPosition.ts';
import { LatestOffsets } from './LatestOffsets.ts';
import { Outages } from './Outages.ts';
import { PartitionBook } from './PartitionBook.ts';
import { PartitionPlaces } from './PartitionPlaces.ts';
import { PrefetchBudget } from './PrefetchBudget.ts';
import { RangeReads } from './RangeReads.ts';
import { resumed, startUp } from './startUp.ts';

/** The longest that a cut waits for the leaders to say where their logs end, in milliseconds. */
const CUT_PATIENCE_MS = 1000;
/** A backlog of more offsets than this is worth waiting for a look at how big its records are. */
const BIG_BACKLOG = 10_000;
/** Connections get so long to close in good order, in milliseconds. */
const CLOSE_MS = 1000;

/** The Kafka source between `open` and `close`: wires its parts together and answers cuts and reads. */
export class KafkaSession<R> {
  readonly #settings: KafkaSettings<R>;
  readonly #opening: SourceOpening;
  readonly #inUse: DriverInUse;
  readonly #waits: Waits;
  readonly #outages: Outages;
  readonly #book: PartitionBook;
  readonly #places: PartitionPlaces;
  readonly #watch: ClusterWatch;
  readonly #latest: LatestOffsets;
  readonly #fetcher: Fetcher;
  readonly #reads: RangeReads<R>;
  readonly #planner: CutPlanner;
  #failure: { readonly error: unknown } | undefined;
  #onMeasured: (() => void) | undefined;
  #cancelWake: (() => void) | undefined;

  constructor(settings: KafkaSettings<R>, opening: SourceOpening) {
    const { name, selection, isolation } = settings;
    this.#settings = settings;
    this.#opening = opening;
    this.#inUse = kafkaDriverFor('kafkaDirect(kafka)', settings.target);
    const { driver } = this.#inUse;
    const waits = new Waits(opening.scheduler, opening.signal);
    const budget = new PrefetchBudget(settings.prefetchBytes);
    const outages = new Outages(name, opening.report, () => waits.now);
    const events = {
      failed: (error: unknown): void => this.#fail(error),
      stale: (): void => this.#watch.refresh(),
      unreachable: (node: number, why: string, cause?: Error): void => outages.began(`broker ${node}`, why, cause),
      reached: (node: number): void => outages.ended(`broker ${node}`),
      doubted: (partition: KafkaPartition): void => void this.#places.doubt(partition),
      placed: (partition: KafkaPartition): void => this.#placed(partition),
      progressed: (arrived: boolean): void => this.#progressed(arrived),
      seen: (metadata: ClusterMetadata): boolean => this.#seen(metadata),
    };
    this.#waits = waits;
    this.#outages = outages;
    this.#book = new PartitionBook(selection, budget, () => waits.now);
    this.#places = new PartitionPlaces(driver, isolation, waits, events);
    this.#watch = new ClusterWatch(driver, selection.names, settings.metadataIntervalMs, { waits, outages }, events);
    this.#latest = new LatestOffsets(driver, isolation, waits, events);
    this.#fetcher = new Fetcher(driver, () => this.#book.all(), budget, isolation, waits, events);
    const gaps = new GapCounts(name, opening.report);
    this.#reads = new RangeReads(settings, waits, {
      partition: (key) => this.#book.get(key),
      findExtra: (topics) => this.#findExtra(topics),
      kick: () => this.#fetcher.kick(),
      report: opening.report,
      gap: (range, missing) => gaps.count(range, missing),
    });
    this.#planner = new CutPlanner(settings);
  }

  async open(): Promise<void> {
    const settings: KafkaSettings<unknown> = this.#settings;
    const position = this.#opening.position as KafkaPosition | undefined;
    const { metadata, starts } = await startUp({
      settings,
      position,
      watch: this.#watch,
      waits: this.#waits,
      outages: this.#outages,
    });
    const { fresh } = this.#book.learn(metadata);
    await this.#places.place(fresh.map((partition) => [partition, starts.of(partition)]));
    if (this.#failure !== undefined) throw this.#failure.error;
    const report = resumed(settings, starts, this.#book.cutting());
    if (report !== undefined) this.#opening.report(report);
    this.#watch.start();
    if (this.#places.isWaiting) this.#watch.refresh();
  }

  // ---- cutting -------------------------------------------------------------------------------------------------

  cut(time: number, limit: CutLimit): Answer<CutAnswer> {
    this.#fetcher.interval = limit.intervalMs;
    this.#fetcher.kick();
    if (limit.intervalMs === 0) return this.#plan(time, limit);
    return this.#askThenPlan(time, limit);
  }

  async #askThenPlan(time: number, limit: CutLimit): Promise<CutAnswer> {
    const patience = Math.min(Math.max(limit.intervalMs / 2, 50), CUT_PATIENCE_MS);
    await this.#latest.ask(this.#book.cutting(), patience);
    if (this.#isBigAndUnmeasured()) {
      this.#fetcher.kick();
      await this.#waits.within(
        patience,
        this.#waits.untilEnd<void>((resolve) => {
          this.#onMeasured = resolve;
        }),
      );
      this.#onMeasured = undefined;
    }
    return this.#plan(time, limit);
  }

  #isBigAndUnmeasured(): boolean {
    const partitions = this.#book.cutting();
    if (this.#settings.prefetchBytes === 0 || partitions.some(({ feed }) => feed.bytesPerOffset >= 0)) return false;
    return partitions.reduce((sum, { latest, next }) => sum + Math.max(latest - next, 0), 0) > BIG_BACKLOG;
  }

  #plan(time: number, limit: CutLimit): CutAnswer {
    this.#dealWithLosses();
    const partitions = this.#book.cutting();
    const isOver = this.#failure !== undefined;
    const planned = this.#planner.plan(partitions, time, isOver ? { ...limit, maxRecords: 0 } : limit);
    const { records, more, waitMs } = planned;
    if (waitMs !== undefined) this.#wakeAfter(waitMs);
    const answer = { cut: this.#cutOf(planned, partitions), empty: records === 0, more };
    return this.#failure === undefined ? answer : { ...answer, more: false, last: true, error: this.#failure.error };
  }

  /** When rates let the next record in. */
  #wakeAfter(ms: number): void {
    this.#cancelWake?.();
    this.#cancelWake = this.#waits.after(ms, () => this.#opening.wake());
  }

  #cutOf({ ranges, records }: PlannedRanges, partitions: readonly KafkaPartition[]): Cut {
    const data = kafkaCutData(ranges, (topic) => partitions.find((one) => one.topic === topic)?.topicId ?? '');
    return { data, offsets: ranges, records, position: kafkaPosition(partitions) };
  }

  /** Positions that are not in their logs any more: the end of the run, or another position, as the user wants it. */
  #dealWithLosses(): void {
    const { name, onDataLost } = this.#settings;
    for (const partition of this.#book.cutting()) {
      const { loss } = partition;
      if (loss === undefined || partition.isBusy) continue;
      if (loss.kind === 'expired' && partition.next >= loss.earliest) partition.loss = undefined;
      else if (onDataLost === 'fail') this.#failure ??= { error: lossError(name, loss) };
      else if (loss.kind !== 'deleted') void this.#recover(partition, onDataLost);
    }
  }

  async #recover(partition: KafkaPartition, policy: 'earliest' | 'latest'): Promise<void> {
    const { name } = this.#settings;
    const { loss, next, topic } = partition;
    if (loss === undefined) return;
    const offset = await this.#places.recover(partition, policy, this.#book.idOf(topic)).catch(() => undefined);
    if (offset === undefined) return;
    this.#opening.report({
      code: 'POSITION_RESET',
      message: `${name}: ${lossMessage(loss)}; goes on at ${offset} instead of ${next}, as onDataLost says.`,
      count: Math.max(offset - next, 0),
      details: { ...loss, offset },
    });
    this.#fetcher.kick();
    this.#opening.wake();
  }

  // ---- reading -------------------------------------------------------------------------------------------------

  read(cut: Cut): Answer<RecordRun<R>> {
    return this.#reads.read(cut);
  }

  /** Topics that an unsettled cut names and that are not selected any more. */
  async #findExtra(topics: readonly string[]): Promise<void> {
    this.#book.includeExtra(topics);
    this.#watch.include(topics);
    await this.#watch.looked();
  }

  // ---- what the parts tell -------------------------------------------------------------------------------------

  #seen(metadata: ClusterMetadata): boolean {
    const { name } = this.#settings;
    const { fresh, gone, isWell } = this.#book.learn(metadata);
    if (fresh.length > 0) {
      void this.#places.place(fresh.map((partition) => [partition, { spec: 'earliest' }]));
      const titles = fresh.map(({ title }) => title).join(', ');
      const message = `${name}: ${titles} appeared; read from the beginning.`;
      this.#opening.report({ code: 'PARTITIONS_CHANGED', message, count: fresh.length });
    }
    for (const partition of gone) this.#gone(partition);
    void this.#places.placeWaiting();
    this.#tellOfLeaders();
    this.#reads.progressed();
    this.#fetcher.kick();
    // A loss is dealt with by the next cut, which a drain trigger has to be woken for.
    if (this.#book.cutting().some(({ loss }) => loss !== undefined)) this.#opening.wake();
    return isWell && !this.#places.isWaiting;
  }

  #tellOfLeaders(): void {
    const leaderless = new Set<string>();
    for (const { leader, title, missingSince } of this.#book.all()) {
      if (leader < 0 && missingSince === undefined) leaderless.add(title);
    }
    for (const title of leaderless) this.#outages.began(title, 'it has no leader.');
    this.#outages.endUnless((what) => {
      const broker = /^broker (\d+)$/.exec(what)?.[1];
      return broker === undefined ? !what.endsWith(']') || leaderless.has(what) : this.#book.hasLeader(Number(broker));
    });
  }

  /** The topic of a partition is deleted. */
  #gone(partition: KafkaPartition): void {
    const { name, selection, onDataLost } = this.#settings;
    const { topic, partition: number, next, latest, title, feed } = partition;
    const unread = next >= 0 ? Math.max(latest - next, 0) : 0;
    const loss = { kind: 'deleted', topic, partition: number, position: next, earliest: -1, latest: -1 } as const;
    partition.loss = loss;
    const isHarmless = partition.isExtra || next < 0 || (selection.kind === 'pattern' && unread === 0);
    if (!isHarmless && onDataLost === 'fail') return this.#opening.wake();
    if (feed.isDemanded) return;
    this.#places.forget(partition);
    this.#book.remove(partition);
    const message = `${name}: ${title} was deleted${unread > 0 ? ` with ${unread} offsets that were not read` : ''}; it is read no more.`;
    this.#opening.report({ code: 'PARTITIONS_CHANGED', message, count: unread, details: { ...loss } });
  }

  #placed(_partition: KafkaPartition): void {
    this.#reads.progressed();
    this.#fetcher.kick();
    this.#opening.wake();
  }

  #progressed(arrived: boolean): void {
    this.#onMeasured?.();
    this.#reads.progressed();
    if (arrived) this.#opening.wake();
  }

  #fail(error: unknown): void {
    const { name } = this.#settings;
    const named = isStreamError(error)
      ? new StreamError(error.code, `${name}: ${error.message}`, {
          cause: error.cause ?? error,
          details: error.details,
        })
      : new StreamError('SOURCE_FAILED', `${name}: ${String(error)}`, { cause: error });
    this.#failure ??= { error: named };
    this.#reads.fail(this.#failure.error);
    this.#opening.wake();
  }

  async close(): Promise<void> {
    this.#waits.end(new StreamError('CONTEXT_STOPPED', `${this.#settings.name} is closed.`));
    if (this.#inUse.isOurs) await this.#inUse.driver.close(CLOSE_MS);
  }
}
