import { StreamError } from '../../../core/errors.ts';
import type { KafkaFault } from '../../../drivers/kafka/kafkaFault.ts';

/** Whether a coordinator's fault ends a membership and lets another begin. */
export function endsMembership({ name }: KafkaFault): boolean {
  return MEMBER_FAULTS.has(name);
}

/** That a coordinator refuses what a member has asked for, and what to do about it. */
export function groupRefusal(
  { groupId, name }: { readonly groupId: string; readonly name: string },
  fault: KafkaFault,
): StreamError {
  const advice = ADVICE[fault.name] ?? '';
  const message =
    `${name}: Kafka does not let this receiver into the group ${groupId}: ${fault.name}. ${advice}`.trimEnd();
  const code = fault.retriable ? 'SOURCE_UNAVAILABLE' : 'SOURCE_FAILED';
  return new StreamError(code, message, { retriable: fault.retriable, details: { fault } });
}

const MEMBER_FAULTS = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'MEMBER_ID_REQUIRED',
]);

const ADVICE: Readonly<Record<string, string>> = {
  GROUP_AUTHORIZATION_FAILED: 'Allow the user to READ this group.',
  INCONSISTENT_GROUP_PROTOCOL:
    'Its members hand out partitions in ways that this one does not know, or are not consumers: take a group of its own, or let them use round-robin or range.',
  INVALID_SESSION_TIMEOUT:
    'Choose a sessionTimeoutMs between group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers.',
  GROUP_MAX_SIZE_REACHED: 'Take fewer receivers, or raise group.max.size of the brokers.',
  INVALID_GROUP_ID: 'Choose another groupId.',
};
