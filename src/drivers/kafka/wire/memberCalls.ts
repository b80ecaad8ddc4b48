import type { Joined, JoinRequest, MemberPlace, Synced } from '../KafkaGroupMember.ts';
import { type KafkaFault, kafkaFault } from '../kafkaFault.ts';
import type { WireCall } from './WireCall.ts';

/** Becomes a member of a consumer group, or stays one through a rebalance. */
export function joinGroupCall(group: string, request: JoinRequest): WireCall<Joined> {
  const { memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
  return {
    name: 'JoinGroup',
    key: 11,
    version: 6,
    write: (body) => {
      body.text(group).int32(sessionTimeoutMs).int32(rebalanceTimeoutMs).text(memberId).text(null).text('consumer');
      body.array(protocols, ({ name, metadata }) => body.text(name).bytes(metadata));
      body.tags();
    },
    read: (body) => {
      body.int32();
      const error = kafkaFault(body.int16());
      const generation = body.int32();
      const protocol = body.optionalText() ?? '';
      const leader = body.optionalText() ?? '';
      const given = body.optionalText() ?? '';
      const members = body.array(() => {
        const member = body.text();
        body.optionalText();
        return { memberId: member, metadata: body.view() };
      });
      return error ? { error, memberId: given } : { memberId: given, generation, protocol, leader, members };
    },
  };
}

/** Gets what a member is to read, and brings what all of them are to if it leads. */
export function syncGroupCall(
  group: string,
  { memberId, generation }: MemberPlace,
  assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
): WireCall<Synced> {
  return {
    name: 'SyncGroup',
    key: 14,
    version: 4,
    write: (body) => {
      body.text(group).int32(generation).text(memberId).text(null);
      body.array(assignments, (one) => body.text(one.memberId).bytes(one.assignment));
      body.tags();
    },
    read: (body) => {
      body.int32();
      const error = kafkaFault(body.int16());
      const assignment = body.view();
      return error ? { error } : { assignment };
    },
  };
}

/** Says that a member is alive. */
export function heartbeatCall(
  group: string,
  { memberId, generation }: MemberPlace,
): WireCall<{ readonly error?: KafkaFault }> {
  return {
    name: 'Heartbeat',
    key: 12,
    version: 4,
    write: (body) => {
      body.text(group).int32(generation).text(memberId).text(null).tags();
    },
    read: (body) => {
      body.int32();
      const error = kafkaFault(body.int16());
      return error ? { error } : {};
    },
  };
}

/** Takes a member out of its group, so that the others need not wait until its session is over. */
export function leaveGroupCall(group: string, memberId: string): WireCall<{ readonly error?: KafkaFault }> {
  return {
    name: 'LeaveGroup',
    key: 13,
    version: 4,
    write: (body) => {
      body.text(group);
      body.array([memberId], (one) => body.text(one).text(null));
      body.tags();
    },
    read: (body) => {
      body.int32();
      let error = kafkaFault(body.int16());
      body.array(() => {
        body.text();
        body.optionalText();
        error ??= kafkaFault(body.int16());
      });
      return error ? { error } : {};
    },
  };
}
