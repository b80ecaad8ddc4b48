import { isStreamError } from '../../../core/errors.ts';
import type { ClusterMetadata, TopicPartition } from '../../../drivers/kafka/KafkaDriver.ts';
import type { Joined, KafkaGroupMember, MemberPlace } from '../../../drivers/kafka/KafkaGroupMember.ts';
import type { KafkaFault } from '../../../drivers/kafka/kafkaFault.ts';
import {
  readAssignment,
  readSubscription,
  writeAssignment,
  writeSubscription,
} from '../../../drivers/kafka/wire/consumerProtocol.ts';
import type { Waits } from '../../Waits.ts';
import { backOff } from '../backOff.ts';
import type { Outages } from '../Outages.ts';
import { assignPartitions, PROTOCOLS } from './assignPartitions.ts';
import { endsMembership, groupRefusal } from './groupRefusal.ts';

/** What a session in a group goes by. */
export interface SessionSettings {
  readonly name: string;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
}

/** What a session tells. */
export interface SessionEvents {
  /** These topics as they are now. */
  metadata(topics: readonly string[]): Promise<ClusterMetadata>;
  /** These are ours to read now. Returns at once. */
  assigned(partitions: readonly TopicPartition[]): void;
  /**
   * They are to be given back: what came of them is stored and committed before the answer, as far as that can be, unless the group has
   * already given them to others (`isLost`).
   */
  revoked(isLost: boolean): Promise<void>;
  failed(error: unknown): void;
}

type Outcome = 'rebalance' | 'lost';
type Place = Extract<Joined, { readonly error?: never }>;

/** A member of the group for as long as its waits last: joins, says that it lives, and joins again whenever the group changes. */
export class GroupSession {
  readonly #settings: SessionSettings;
  readonly #member: KafkaGroupMember;
  readonly #waits: Waits;
  readonly #outages: Outages;
  readonly #events: SessionEvents;
  readonly #what: string;
  #memberId = '';
  #place: MemberPlace | undefined;
  #isAssigned = false;
  /** How many partitions each topic had when they were handed out here. */
  #handedOut: ReadonlyMap<string, number> | undefined;
  #turn: Outcome | undefined;
  #wake: (() => void) | undefined;

  constructor(
    settings: SessionSettings,
    member: KafkaGroupMember,
    context: { readonly waits: Waits; readonly outages: Outages },
    events: SessionEvents,
  ) {
    this.#settings = settings;
    this.#member = member;
    this.#waits = context.waits;
    this.#outages = context.outages;
    this.#events = events;
    this.#what = `the coordinator of the group ${settings.groupId}`;
  }

  /** `''` while it is in no group. */
  get memberId(): string {
    return this.#memberId;
  }

  /** Who commits. */
  get place(): MemberPlace {
    return this.#place ?? { memberId: this.#memberId, generation: -1 };
  }

  /** The group is another than it was, as a commit was told: it is joined again. */
  refused(fault: KafkaFault): void {
    if (!endsMembership(fault)) return this.#events.failed(groupRefusal(this.#settings, fault));
    this.#end(fault.name === 'REBALANCE_IN_PROGRESS' ? 'rebalance' : this.#lost(fault));
  }

  /** Topics have other partitions than were handed out: whoever did that does it again. */
  seen(counts: ReadonlyMap<string, number>): void {
    const before = this.#handedOut;
    if (before === undefined || !this.#isAssigned) return;
    // A topic that is not known at this moment is no reason; one that is gone has no records to hand out.
    const isOther = ([topic, count]: readonly [string, number]): boolean =>
      count > 0 && count !== (before.get(topic) ?? 0);
    if ([...counts].some(isOther)) this.#end('rebalance');
  }

  /** Runs until the waits end. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#waits.over; ) {
      try {
        const partitions = await this.#join();
        if (this.#waits.over) return;
        failures = 0;
        this.#turn = undefined;
        this.#isAssigned = true;
        this.#outages.ended(this.#what);
        this.#events.assigned(partitions);
        const outcome = await this.#beat();
        await this.#revoke(outcome === 'lost');
      } catch (error) {
        if (this.#waits.over) return;
        await this.#revoke(true);
        if (!isStreamError(error) || !error.retriable) return this.#events.failed(error);
        this.#outages.began(this.#what, error.message, error);
        await this.#waits.pause(backOff(++failures)).catch(() => undefined);
      }
    }
  }

  /** Whether it waits for a rebalance: its connection is busy with that. */
  get isJoining(): boolean {
    return !this.#isAssigned;
  }

  async #revoke(isLost: boolean): Promise<void> {
    if (!this.#isAssigned) return;
    this.#isAssigned = false;
    this.#handedOut = undefined;
    const rest = isLost ? undefined : this.stayAlive(this.#waits);
    await this.#events.revoked(isLost).finally(rest);
  }

  // ---- joining -------------------------------------------------------------------------------------------------

  async #join(): Promise<readonly TopicPartition[]> {
    const { topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.#settings;
    const metadata = writeSubscription(topics);
    const protocols = PROTOCOLS.map((name) => ({ name, metadata }));
    for (;;) {
      const memberId = this.#memberId;
      const joined = await this.#member.join({ memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocols });
      if (this.#waits.over) return [];
      if (joined.error === undefined) {
        this.#memberId = joined.memberId;
        this.#place = { memberId: joined.memberId, generation: joined.generation };
        const assignment = await this.#sync(joined);
        if (assignment !== undefined) return readAssignment(assignment);
      } else if (joined.error.name === 'MEMBER_ID_REQUIRED') this.#memberId = joined.memberId;
      else this.#again(joined.error);
    }
  }

  /** What this member gets; `undefined` if the group has changed meanwhile. */
  async #sync(place: Place): Promise<Buffer | undefined> {
    const isLeader = place.leader === place.memberId;
    const assignments = isLeader ? await this.#handOut(place) : [];
    const synced = await this.#member.sync(place, assignments);
    if (synced.error === undefined) return synced.assignment;
    this.#again(synced.error);
    return undefined;
  }

  /** What each member gets, as this one says, which leads the group. */
  async #handOut({ protocol, members }: Place) {
    const wishes = members.map(({ memberId, metadata }) => ({ memberId, topics: readSubscription(metadata) }));
    const topics = [...new Set(wishes.flatMap((wish) => wish.topics))];
    const counts = countsOf(await this.#events.metadata(topics));
    this.#handedOut = counts;
    const shares = assignPartitions(protocol, wishes, counts);
    return [...shares].map(([memberId, partitions]) => ({ memberId, assignment: writeAssignment(partitions) }));
  }

  /** Whether joining is tried again at once (returns), after a pause (a retriable rejection), or never. */
  #again(fault: KafkaFault): void {
    if (fault.name === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    if (!endsMembership(fault)) throw groupRefusal(this.#settings, fault);
  }

  // ---- living --------------------------------------------------------------------------------------------------

  /** Says from time to time that it lives, until the group wants something else. */
  async #beat(): Promise<Outcome> {
    const { heartbeatIntervalMs, sessionTimeoutMs } = this.#settings;
    let heard = this.#waits.now;
    for (let failures = 0; ; ) {
      await this.#pause(failures === 0 ? heartbeatIntervalMs : Math.min(backOff(failures), heartbeatIntervalMs));
      if (this.#turn !== undefined) return this.#turn;
      const sent = this.#waits.now;
      const fault = await this.#member.heartbeat(this.place).catch((error: unknown): KafkaFault => {
        if (!isStreamError(error) || !error.retriable) throw error;
        if (!this.#waits.over) this.#outages.began(this.#what, error.message, error);
        return UNREACHABLE;
      });
      if (this.#waits.over) throw this.#waits.signal.reason;
      if (this.#turn !== undefined) return this.#turn;
      if (fault === undefined) {
        heard = sent;
        failures = 0;
        this.#outages.ended(this.#what);
      } else if (fault.retriable) {
        failures++;
        if (fault !== UNREACHABLE) this.#outages.began(this.#what, `it answers ${fault.name}.`);
        // By now the group has given our partitions to others, or will before it hears of us.
        if (this.#waits.now - heard >= sessionTimeoutMs) return 'lost';
      } else if (fault.name === 'REBALANCE_IN_PROGRESS') return 'rebalance';
      else return this.#lost(fault);
    }
  }

  /**
   * Says that it lives, whatever the group wants, until the answered function is called: who gives partitions back stores and commits before that, and
   * if he were silent meanwhile he would be thrown out, and what he has stored would come again to others.
   */
  stayAlive(waits: Waits): () => void {
    const place = this.#place;
    if (place === undefined) return () => undefined;
    let isOver = false;
    let cancel: () => void;
    const beatLater = (): void => {
      cancel = waits.after(this.#settings.heartbeatIntervalMs, () => {
        // What is wrong is found out by the commit, or by who joins again.
        void this.#member
          .heartbeat(place)
          .catch(() => undefined)
          .then(() => isOver || beatLater());
      });
    };
    beatLater();
    return () => {
      isOver = true;
      cancel();
    };
  }

  #lost(fault: KafkaFault): 'lost' {
    if (fault.name === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    if (!endsMembership(fault)) this.#again(fault);
    return 'lost';
  }

  #end(outcome: Outcome): void {
    if (this.#turn !== 'lost') this.#turn = outcome;
    this.#wake?.();
  }

  /** Ends before its time when there is something to do. */
  #pause(ms: number): Promise<void> {
    return this.#waits.untilEnd((resolve) => {
      const cancel = this.#waits.after(ms, () => resolve());
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (this.#turn !== undefined) this.#wake();
    });
  }
}

const UNREACHABLE: KafkaFault = { code: 13, name: 'NETWORK_EXCEPTION', retriable: true, staleMetadata: true };

/** How many partitions each topic has; one that is not known now has none. */
export function countsOf({ topics }: ClusterMetadata): ReadonlyMap<string, number> {
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}
