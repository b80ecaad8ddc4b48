import { type CommittedOffset, partitionKey } from '../../../core/OffsetRange.ts';
import type { TopicMetadata, TopicPartition } from '../../../drivers/kafka/KafkaDriver.ts';

/** One partition while one member of the group has it. */
export class Claim implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  topicId = '';
  /** Node id of its leader; -1 while there is none. */
  leader = -1;
  leaderEpoch = -1;
  /** Where the next fetch begins; -1 before that is known. */
  position = -1;
  /** Everything before it is in the log. */
  safe = -1;
  /** What the group's offsets say, as far as it is known; -1: nothing. */
  committed = -1;
  /** Given back: what was gathered of it and is not in the log is to be forgotten. */
  isLost = false;
  /** Its position is being looked for. */
  isBusy = false;
  /** Not fetched before this time. */
  blockedUntil = 0;
  /** Fetches in a row that failed for it. */
  failures = 0;
  /** Answers in a row that broke their format. */
  malformed = 0;
  /** Looks in a row at which its log seemed to end before its position. */
  doubts = 0;
  /** Answers in a row that brought nothing although there is something. */
  passedOver = 0;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
    this.key = partitionKey({ topic, partition });
  }

  /** For messages. */
  get title(): string {
    return `${this.topic}[${this.partition}]`;
  }

  /** Who leads it, as the metadata tells it now. */
  seen(topic: TopicMetadata | undefined): void {
    const now = topic?.partitions.find(({ partition }) => partition === this.partition);
    this.leader = now?.leader ?? -1;
    this.leaderEpoch = now?.leaderEpoch ?? -1;
  }

  /** What there is to commit. */
  get due(): CommittedOffset | undefined {
    const { topic, partition, safe, committed } = this;
    return safe >= 0 && safe !== committed ? { topic, partition, until: safe } : undefined;
  }

  /** What was fetched is on its way into the log; the next fetch begins here. */
  moveOn(position: number): void {
    this.position = position;
    this.passedOver = 0;
    this.doubts = 0;
  }

  /** Goes on at another offset, with nothing gathered. */
  moveTo(offset: number): void {
    this.position = offset;
    this.safe = offset;
    this.passedOver = 0;
    this.doubts = 0;
  }
}
