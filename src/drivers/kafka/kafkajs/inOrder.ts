import { StreamError } from '../../../core/errors.ts';
import { partitionKey } from '../../../core/OffsetRange.ts';
import type { TopicPartition } from '../KafkaDriver.ts';

/** The answers in the order of the questions; an answer that left a partition out is `DATA_CORRUPT`. */
export function inOrder<T extends TopicPartition>(
  asked: readonly TopicPartition[],
  answers: readonly T[],
  call: string,
): readonly T[] {
  const byPartition = new Map(answers.map((answer) => [partitionKey(answer), answer]));
  return asked.map((at) => {
    const answer = byPartition.get(partitionKey(at));
    if (answer) return answer;
    throw new StreamError('DATA_CORRUPT', `${call}: the broker left out partition ${at.partition} of ${at.topic}.`, {
      retriable: true,
      details: { topic: at.topic, partition: at.partition },
    });
  });
}
