import { StreamError } from '../../../core/errors.ts';
import type { ClusterMetadata, TopicPartition } from '../../../drivers/kafka/KafkaDriver.ts';
import type { KafkaGroupMember } from '../../../drivers/kafka/KafkaGroupMember.ts';
import type { DriverInUse } from '../../../drivers/kafka/kafkaDriverFor.ts';
import type { ReceiverHost } from '../../receiver/Receiver.ts';
import { Waits } from '../../Waits.ts';
import { backOff } from '../backOff.ts';
import { ClusterWatch } from '../ClusterWatch.ts';
import { Outages } from '../Outages.ts';
import type { BlockGatherer } from './BlockGatherer.ts';
import { Claim } from './Claim.ts';
import { ClaimPlaces, mayPass, type TopicPartitions, topicPartitions } from './ClaimPlaces.ts';
import { ClaimReader } from './ClaimReader.ts';
import { Commits } from './Commits.ts';
import { type GroupOffsets, offsetsInKafka, offsetsInStore } from './GroupOffsets.ts';
import { countsOf, GroupSession } from './GroupSession.ts';
import type { Held } from './Held.ts';
import type { Marks } from './Marks.ts';
import { MissingTopics } from './MissingTopics.ts';
import { leaveFromBeside, newGroupMember } from './newGroupMember.ts';
import type { ReceiverSettings } from './ReceiverSettings.ts';

/** How long leaving may take: committing what is safe, then telling the group. */
const LEAVE_MS = 3000;

/** What the members of one receiver share. */
export interface SharedParts {
  readonly host: ReceiverHost;
  readonly marks: Marks;
  readonly gatherer: BlockGatherer;
  /** Which claim has which partition, over all members of this process. */
  readonly held: Held;
  failed(error: unknown): void;
}

/** One consumer: a member of the group that reads what the group gives it. */
export class ReceiverMember {
  readonly #settings: ReceiverSettings;
  readonly #shared: SharedParts;
  readonly #title: string;
  readonly #inUse: DriverInUse;
  readonly #member: KafkaGroupMember;
  readonly #offsets: GroupOffsets;
  /** Ends with the run, or when the member stops. */
  readonly #waits: Waits;
  /** Ends when the member has left. */
  readonly #lastWaits: Waits;
  readonly #outages: Outages;
  readonly #watch: ClusterWatch;
  readonly #session: GroupSession;
  readonly #places: ClaimPlaces;
  readonly #commits: Commits;
  #claims: ReadonlySet<Claim> = new Set();
  #reading: { readonly end: AbortController; readonly waits: Waits; readonly reader: ClaimReader } | undefined;
  #placing: Promise<void> = Promise.resolve();
  #topics: TopicPartitions = new Map();
  #running: Promise<void> | undefined;
  #revoking: Promise<void> | undefined;
  readonly #missing: MissingTopics;

  constructor(settings: ReceiverSettings, index: number, inUse: DriverInUse, shared: SharedParts) {
    const { name, topics, groupId, offsets, receivers, metadataIntervalMs } = settings;
    const { host, marks } = shared;
    const { driver } = inUse;
    this.#settings = settings;
    this.#shared = shared;
    this.#inUse = inUse;
    this.#title = receivers === 1 ? '' : `receiver ${index + 1}: `;
    this.#member = newGroupMember(driver, groupId);
    this.#offsets = offsets === undefined ? offsetsInKafka(groupId, driver, this.#member) : offsetsInStore(offsets);
    this.#waits = new Waits(host.scheduler, host.signal);
    this.#lastWaits = new Waits(host.scheduler, new AbortController().signal);
    this.#outages = new Outages(
      name,
      ({ code, message, ...more }) => host.report(code, this.#title + message.slice(name.length + 2), more),
      () => this.#waits.now,
    );
    const context = { waits: this.#waits, outages: this.#outages };
    const failed = (error: unknown): void => this.#fail(error);
    this.#missing = new MissingTopics(settings, () => this.#waits.now, failed);
    this.#watch = new ClusterWatch(driver, topics, metadataIntervalMs, context, {
      seen: (metadata) => this.#seen(metadata),
      failed,
    });
    this.#session = new GroupSession(settings, this.#member, context, {
      metadata: (names) => driver.metadata(names),
      assigned: (partitions) => this.#assigned(partitions),
      revoked: (isLost) => this.#revoked(isLost),
      failed,
    });
    this.#places = new ClaimPlaces({ ...settings, driver, offsets: this.#offsets, marks, host });
    this.#commits = new Commits(this.#offsets, this.#lastWaits, this.#outages, {
      place: () => this.#session.place,
      claims: () => this.#claims,
      refused: (fault) => this.#session.refused(fault),
      failed,
    });
  }

  /** Its id in the group; `''` while it has none. */
  get memberId(): string {
    return this.#session.memberId;
  }

  /** The topics as they are. Rejects with what the driver says. */
  look(): Promise<ClusterMetadata> {
    return this.#watch.ask();
  }

  /** Takes members out of the group whose process is gone, so that nobody waits until their sessions are over. */
  async bury(memberIds: readonly string[]): Promise<void> {
    for (const memberId of memberIds) await this.#member.leave(memberId);
  }

  start(metadata: ClusterMetadata): void {
    this.#seen(metadata);
    this.#watch.start();
    this.#running = this.#session.run();
  }

  /** What these claims gave is safe: commits them, if they are this member's. */
  safe(claims: readonly Claim[]): void {
    if (claims.some((claim) => this.#claims.has(claim))) this.#commits.soon();
  }

  /** Fetches no more, stores and commits what has come, and leaves the group. */
  async stop(): Promise<void> {
    const isGraceful = !this.#shared.host.signal.aborted;
    this.#waits.end(new StreamError('CONTEXT_STOPPED', `${this.#settings.name} is stopped.`));
    const rest = isGraceful ? this.#session.stayAlive(this.#lastWaits) : undefined;
    await this.#revoking;
    await this.#revoked(!isGraceful).finally(rest);
    // That the group was told is good for the others, who need not wait then; a group that cannot be told finds out.
    await this.#lastWaits.within(LEAVE_MS, this.#leave()).catch(() => undefined);
    this.#member.close();
    if (this.#inUse.isOurs) await this.#inUse.driver.close(LEAVE_MS);
    // What it waits for has been closed; a driver of somebody else's may not keep to that.
    if (this.#running !== undefined) await this.#lastWaits.within(LEAVE_MS, this.#running);
    this.#lastWaits.end(new StreamError('CONTEXT_STOPPED', `${this.#settings.name} is stopped.`));
  }

  async #leave(): Promise<void> {
    const { memberId, isJoining } = this.#session;
    if (memberId === '') return;
    if (!isJoining) return void (await this.#member.leave(memberId));
    await leaveFromBeside(this.#inUse.driver, this.#settings.groupId, memberId);
  }

  // ---- what the group gives ------------------------------------------------------------------------------------

  #assigned(partitions: readonly TopicPartition[]): void {
    const { groupId } = this.#settings;
    const claims = partitions.map((at) => new Claim(at));
    const end = new AbortController();
    const waits = new Waits(this.#shared.host.scheduler, end.signal);
    const { driver } = this.#inUse;
    const { gatherer } = this.#shared;
    const { name, isolation, maxBlockBytes } = this.#settings;
    const responseBytes = Math.min(RESPONSE_BYTES, maxBlockBytes);
    const reader = new ClaimReader(
      { name, driver, gatherer, isolation, responseBytes, waits, outages: this.#outages },
      claims,
      {
        stale: () => this.#watch.refresh(),
        refused: (claim) => void this.#again(claim, waits, () => this.#places.replace(claim)),
        failed: (error) => this.#fail(error),
      },
    );
    this.#claims = new Set(claims);
    this.#reading = { end, waits, reader };
    const titles = claims.map(({ title }) => title).join(', ') || 'no partition';
    this.#shared.host.report('PARTITIONS_CHANGED', `${this.#title}the group ${groupId} gives it ${titles} to read.`, {
      count: claims.length,
      details: {
        memberId: this.#session.memberId,
        partitions: claims.map(({ topic, partition }) => ({ topic, partition })),
      },
    });
    this.#placing = this.#begin(claims, waits, reader).catch((error: unknown) => {
      if (!waits.over) this.#fail(error);
    });
  }

  /** Finds out where the claims begin, once nobody else in this process has them, and reads them. */
  async #begin(claims: readonly Claim[], waits: Waits, reader: ClaimReader): Promise<void> {
    for (const claim of claims) claim.isBusy = true;
    for (const claim of claims) await this.#shared.held.take(claim, waits);
    for (let tries = 1; claims.length > 0; tries++) {
      try {
        await this.#learn(claims);
        await this.#places.place(claims, this.#topics, () => this.#session.place);
        break;
      } catch (error) {
        if (waits.over || !mayPass(error)) throw error;
        this.#outages.began(PLACES, (error as Error).message, error);
        this.#watch.refresh();
        await waits.pause(backOff(tries));
      }
    }
    if (waits.over) return;
    this.#outages.ended(PLACES);
    for (const claim of claims) claim.isBusy = false;
    this.#commits.soon();
    reader.kick();
  }

  /** Which topics the claims are of, and who leads them. */
  async #learn(claims: readonly Claim[]): Promise<void> {
    this.#seen(await this.#watch.ask());
    const unknown = claims.find(({ topic }) => this.#topics.get(topic) === undefined);
    if (unknown === undefined) return;
    throw new StreamError('SOURCE_UNAVAILABLE', `the topic ${unknown.topic} is not known now.`, { retriable: true });
  }

  /** Finds another position for a claim whose own is no good. */
  async #again(claim: Claim, waits: Waits, find: () => Promise<void>): Promise<void> {
    if (claim.isBusy || claim.isLost) return;
    claim.isBusy = true;
    for (let tries = 1; ; tries++) {
      try {
        // What was fetched before is one thing, what comes now another: their order in the log is theirs.
        await this.#shared.gatherer.flush(new Set([claim]));
        if (claim.isLost) return;
        await find();
        break;
      } catch (error) {
        if (waits.over) return;
        if (!mayPass(error)) return this.#fail(error);
        this.#watch.refresh();
        await waits.pause(backOff(tries)).catch(() => undefined);
        if (waits.over) return;
      }
    }
    claim.isBusy = false;
    this.#reading?.reader.kick();
  }

  #revoked(isLost: boolean): Promise<void> {
    this.#revoking = this.#giveBack(isLost);
    return this.#revoking;
  }

  async #giveBack(isLost: boolean): Promise<void> {
    const reading = this.#reading;
    const claims = this.#claims;
    if (reading === undefined) return;
    this.#reading = undefined;
    reading.end.abort(new StreamError('SOURCE_UNAVAILABLE', 'The partition was given back.', { retriable: true }));
    const { gatherer, held } = this.#shared;
    if (isLost) gatherer.drop(claims);
    else await gatherer.flush(claims);
    await gatherer.answered(claims);
    await this.#placing;
    if (!isLost) await this.#lastWaits.within(LEAVE_MS, this.#commits.all()).catch(() => undefined);
    for (const claim of claims) claim.isLost = true;
    if (this.#claims === claims) this.#claims = new Set();
    for (const claim of claims) held.give(claim);
  }

  // ---- the cluster ---------------------------------------------------------------------------------------------

  /** Answers whether everything is in order. */
  #seen(metadata: ClusterMetadata): boolean {
    this.#topics = topicPartitions(metadata);
    let isWell = true;
    for (const topic of metadata.topics) this.#missing.seen(topic);
    for (const claim of this.#claims) if (!this.#update(claim, metadata)) isWell = false;
    this.#session.seen(countsOf(metadata));
    this.#reading?.reader.kick();
    return isWell;
  }

  #update(claim: Claim, { topics }: ClusterMetadata): boolean {
    const topic = topics.find(({ name }) => name === claim.topic);
    claim.seen(topic);
    if (topic === undefined) return false;
    const reading = this.#reading;
    if (claim.topicId === '' || claim.position < 0) claim.topicId = topic.topicId;
    else if (topic.topicId !== '' && topic.topicId !== claim.topicId && reading !== undefined) {
      void this.#again(claim, reading.waits, () => this.#places.restart(claim, topic.topicId));
    }
    return claim.leader >= 0;
  }

  #fail(error: unknown): void {
    if (!this.#waits.over) this.#shared.failed(error);
  }
}

/** Bytes of one answer. */
const RESPONSE_BYTES = 8 * 1024 * 1024;
/** For messages: what could not be reached. */
const PLACES = 'what tells where to begin';
