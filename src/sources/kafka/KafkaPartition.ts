import type { TopicPartition } from '../../drivers/kafka/KafkaDriver.ts';
import type { DataLoss } from './DataLoss.ts';
import { PartitionFeed } from './PartitionFeed.ts';
import type { PrefetchBudget } from './PrefetchBudget.ts';

/** All that is known of one partition while it is read. */
export class KafkaPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** What was fetched and not read. */
  readonly feed: PartitionFeed;
  /** Which topic of that name its positions belong to; `''` where unknown. */
  topicId: string;
  /** Node id of its leader; -1 while there is none. */
  leader = -1;
  leaderEpoch = -1;
  /** Where the next cut begins; -1 while that is not known, and then it takes part in no cut. */
  next = -1;
  /** The offset after the last visible record, as last heard; -1 before anything was heard. */
  latest = -1;
  /** What is wrong with its position, until the next cut deals with it. */
  loss: DataLoss | undefined;
  /** Somebody is finding out what is wrong with it, or where it goes on. */
  isBusy = false;
  /** It was told of when it appeared. */
  isKnown = false;
  /** Read only because an unsettled cut names it: it takes part in no cut. */
  isExtra = false;
  /** Not fetched before this time. */
  blockedUntil = 0;
  /** Fetches and questions in a row that failed for this partition. */
  failures = 0;
  /** Answers in a row that brought nothing although there is something. */
  passedOver = 0;
  /** Since when its topic does not exist. */
  missingSince: number | undefined;
  /** Records that its rate allows and that were not used, under a drain trigger. */
  credit = 0;
  /** When it last got records, counted in answers: whoever waits longest is asked for first. */
  lastServed = 0;

  constructor(at: TopicPartition, topicId: string, budget: PrefetchBudget) {
    this.topic = at.topic;
    this.partition = at.partition;
    this.topicId = topicId;
    this.feed = new PartitionFeed(budget);
  }

  /** For messages. */
  get title(): string {
    return `${this.topic}[${this.partition}]`;
  }

  /** Whether its records can be asked for: there is a leader and its position is not in doubt. */
  isFetchable(now: number): boolean {
    if (this.leader < 0 || this.isBusy || this.blockedUntil > now) return false;
    const { loss, feed } = this;
    return loss === undefined || (loss.kind === 'expired' && feed.isDemanded && feed.position >= loss.earliest);
  }

  /** Goes on at another offset, with nothing fetched. */
  moveTo(offset: number): void {
    this.next = offset;
    this.latest = -1;
    this.loss = undefined;
    this.feed.begin(offset);
  }
}
