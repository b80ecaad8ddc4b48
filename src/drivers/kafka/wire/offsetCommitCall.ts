import type { GroupCommitAnswer, GroupOffsetCommit } from '../KafkaDriver.ts';
import type { MemberPlace } from '../KafkaGroupMember.ts';
import { kafkaFault } from '../kafkaFault.ts';
import { byTopic } from './byTopic.ts';
import type { WireCall } from './WireCall.ts';

/** Keeps offsets for a group, as its `member`, or as nobody's: taken then only while no consumer has joined it. */
export function offsetCommitCall(
  group: string,
  offsets: readonly GroupOffsetCommit[],
  member: MemberPlace = NOBODY,
): WireCall<readonly GroupCommitAnswer[]> {
  return {
    name: 'OffsetCommit',
    key: 8,
    version: 8,
    write: (body) => {
      body.text(group).int32(member.generation).text(member.memberId).text(null);
      body.array(byTopic(offsets), ([topic, commits]) => {
        body.text(topic);
        body.array(commits, (at) => {
          body
            .int32(at.partition)
            .int64(at.offset)
            .int32(-1)
            .text(at.metadata ?? '');
        });
      });
      body.tags();
    },
    read: (body) => {
      body.int32();
      const topics = body.array(() => {
        const topic = body.text();
        return body.array((): GroupCommitAnswer => {
          const partition = body.int32();
          const error = kafkaFault(body.int16());
          return { topic, partition, ...(error && { error }) };
        });
      });
      return topics.flat();
    },
  };
}

const NOBODY: MemberPlace = { memberId: '', generation: -1 };
