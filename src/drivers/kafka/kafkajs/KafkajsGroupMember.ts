import type { GroupCommitAnswer, GroupOffsetCommit } from '../KafkaDriver.ts';
import type { Joined, JoinRequest, KafkaGroupMember, MemberPlace, Synced } from '../KafkaGroupMember.ts';
import type { KafkaFault } from '../kafkaFault.ts';
import { heartbeatCall, joinGroupCall, leaveGroupCall, syncGroupCall } from '../wire/memberCalls.ts';
import { offsetCommitCall } from '../wire/offsetCommitCall.ts';
import type { WireCall } from '../wire/WireCall.ts';
import { firstFault, GroupCoordinators } from './GroupCoordinators.ts';
import { inOrder } from './inOrder.ts';
import type { BrokerAddress, KafkajsLinks } from './KafkajsLinks.ts';

/** A member of a consumer group over kafkajs's connections, with links that nobody else uses. */
export class KafkajsGroupMember implements KafkaGroupMember {
  private readonly group: string;
  private readonly links: () => Promise<KafkajsLinks>;
  private readonly brokers: () => readonly BrokerAddress[];
  private readonly onClose: () => void;
  private readonly coordinators = new GroupCoordinators();

  constructor(
    group: string,
    links: () => Promise<KafkajsLinks>,
    brokers: () => readonly BrokerAddress[],
    onClose: () => void,
  ) {
    this.group = group;
    this.links = links;
    this.brokers = brokers;
    this.onClose = onClose;
  }

  async join(request: JoinRequest): Promise<Joined> {
    const call = joinGroupCall(this.group, request);
    const { answer, fault } = await this.ask(call, ({ error }) => error, request.rebalanceTimeoutMs);
    return answer ?? { error: fault as KafkaFault, memberId: request.memberId };
  }

  async sync(
    place: MemberPlace,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<Synced> {
    // Answered when the leader has brought its own, for which it has as long as a rebalance may take; asked again until then.
    const { answer, fault } = await this.ask(
      syncGroupCall(this.group, place, assignments),
      ({ error }) => error,
      SYNC_MS,
    );
    return answer ?? { error: fault as KafkaFault };
  }

  async heartbeat(place: MemberPlace): Promise<KafkaFault | undefined> {
    const { answer, fault } = await this.ask(heartbeatCall(this.group, place), ({ error }) => error);
    return fault ?? answer?.error;
  }

  async leave(memberId: string): Promise<KafkaFault | undefined> {
    const { answer, fault } = await this.ask(leaveGroupCall(this.group, memberId), ({ error }) => error);
    return fault ?? answer?.error;
  }

  async commit(place: MemberPlace, offsets: readonly GroupOffsetCommit[]): Promise<readonly GroupCommitAnswer[]> {
    const call = offsetCommitCall(this.group, offsets, place);
    const { answer, fault } = await this.ask(call, firstFault);
    if (fault) return offsets.map(({ topic, partition }) => ({ topic, partition, error: fault }));
    return inOrder(offsets, answer ?? [], call.name);
  }

  close(): void {
    this.onClose();
  }

  private async ask<T>(call: WireCall<T>, faultOf: (answer: T) => KafkaFault | undefined, extraMs = 0) {
    const links = await this.links();
    return this.coordinators.ask(this.group, links, this.brokers(), call, faultOf, extraMs);
  }
}

/** How long a member waits for the leader's word, beyond the time of a request, in milliseconds. */
const SYNC_MS = 30_000;
