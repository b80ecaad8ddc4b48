import type { Joined, JoinRequest, Synced } from '../../src/drivers/kafka/KafkaGroupMember.ts';
import { type KafkaFault, kafkaFault } from '../../src/drivers/kafka/kafkaFault.ts';
import type {
  CommittedGroupOffset,
  GroupCommitAnswer,
  GroupOffsetCommit,
  KafkaGroupMember,
  MemberPlace,
} from '../../src/kafka.ts';
import { FakeKafkaDriver } from './fakeKafkaDriver.ts';

interface Waiting {
  readonly request: JoinRequest;
  readonly resolve: (joined: Joined) => void;
}

/** A cluster in memory with the coordinator of one consumer group, which fails as it is told to. */
export class FakeKafkaGroup extends FakeKafkaDriver {
  /** What the next requests answer instead, as codes of Kafka; what is thrown is thrown. */
  readonly faults: Record<'join' | 'heartbeat' | 'commit', (number | Error)[]> = {
    join: [],
    heartbeat: [],
    commit: [],
  };
  readonly offsets: Map<string, GroupOffsetCommit> = new Map();
  readonly commits: (readonly GroupOffsetCommit[])[] = [];
  readonly left: string[] = [];
  heartbeats = 0;
  /** How many of them were told that the group is changing. */
  rebalancesTold = 0;
  generation = 0;
  /** The members, and whether each has joined since the group began to change. */
  readonly #members = new Map<string, Waiting | undefined>();
  #isChanging = false;
  #names = 0;
  #assignments: Promise<ReadonlyMap<string, Buffer> | undefined> | undefined;
  #assign: ((assignments: ReadonlyMap<string, Buffer> | undefined) => void) | undefined;

  get members(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Somebody else leaves or comes: all members have to join again. */
  rebalance(): void {
    this.#isChanging = true;
    this.#assign?.(undefined);
  }

  /** A member that was silent for too long. */
  throwOut(memberId: string): void {
    this.#members.get(memberId)?.resolve({ error: fault(25), memberId });
    this.#members.delete(memberId);
    this.rebalance();
    this.#complete();
  }

  override async committed(): Promise<never> {
    return [...this.offsets.values()].map(
      ({ topic, partition, offset, metadata = '' }): CommittedGroupOffset => ({ topic, partition, offset, metadata }),
    ) as never;
  }

  groupMember(): KafkaGroupMember {
    return {
      join: (request) => this.#join(request),
      sync: (place, assignments) => this.#sync(place, assignments),
      heartbeat: async (place) => {
        this.heartbeats++;
        const refused = this.#next('heartbeat') ?? this.#refusal(place);
        if (refused !== undefined || !this.#isChanging) return refused;
        this.rebalancesTold++;
        return fault(27);
      },
      leave: async (memberId) => {
        this.left.push(memberId);
        this.#members.get(memberId)?.resolve({ error: fault(25), memberId });
        if (!this.#members.delete(memberId)) return fault(25);
        this.rebalance();
        this.#complete();
        return undefined;
      },
      commit: async (place, offsets) => {
        const refused = this.#next('commit') ?? this.#refusal(place);
        if (refused === undefined) {
          this.commits.push(offsets);
          for (const offset of offsets) this.offsets.set(`${offset.topic}/${offset.partition}`, offset);
        }
        return offsets.map(({ topic, partition }): GroupCommitAnswer => {
          return { topic, partition, ...(refused && { error: refused }) };
        });
      },
      close: () => {
        this.#assign?.(undefined);
        for (const one of this.#members.values()) one?.resolve({ error: fault(13), memberId: '' });
      },
    };
  }

  #join(request: JoinRequest): Promise<Joined> {
    const refused = this.#next('join');
    const { memberId } = request;
    if (refused?.name === 'UNKNOWN_MEMBER_ID') this.#members.delete(memberId);
    if (refused !== undefined) return Promise.resolve({ error: refused, memberId });
    if (memberId === '') return Promise.resolve({ error: fault(79), memberId: `member-${++this.#names}` });
    this.rebalance();
    return new Promise((resolve) => {
      this.#members.set(memberId, { request, resolve });
      this.#complete();
    });
  }

  /** All members are there: a new generation begins. */
  #complete(): void {
    const waiting = [...this.#members.values()];
    if (waiting.length === 0 || waiting.some((one) => one === undefined)) return;
    this.generation++;
    this.#isChanging = false;
    this.#assignments = new Promise((resolve) => {
      this.#assign = resolve;
    });
    const [leader] = this.members as readonly [string];
    const members = [...this.#members].map(([memberId, one]) => ({
      memberId,
      metadata: (one as Waiting).request.protocols[0]?.metadata as Buffer,
    }));
    for (const [memberId, one] of [...this.#members]) {
      this.#members.set(memberId, undefined);
      const { protocols } = (one as Waiting).request;
      const protocol = protocols[0]?.name as string;
      const { generation } = this;
      (one as Waiting).resolve({ memberId, generation, protocol, leader, members: memberId === leader ? members : [] });
    }
  }

  async #sync(
    place: MemberPlace,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<Synced> {
    const error = this.#refusal(place);
    if (error !== undefined) return { error };
    if (assignments.length > 0) this.#assign?.(new Map(assignments.map((one) => [one.memberId, one.assignment])));
    const given = await this.#assignments;
    return given === undefined ? { error: fault(27) } : { assignment: given.get(place.memberId) ?? Buffer.alloc(0) };
  }

  #refusal({ memberId, generation }: MemberPlace): KafkaFault | undefined {
    if (!this.#members.has(memberId)) return fault(25);
    return generation === this.generation ? undefined : fault(22);
  }

  #next(kind: 'join' | 'heartbeat' | 'commit'): KafkaFault | undefined {
    const next = this.faults[kind].shift();
    if (next instanceof Error) throw next;
    return next === undefined ? undefined : fault(next);
  }
}

function fault(code: number): KafkaFault {
  return kafkaFault(code) as KafkaFault;
}
