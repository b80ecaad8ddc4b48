import type { GroupCommitAnswer, GroupOffsetCommit } from './KafkaDriver.ts';
import type { KafkaFault } from './kafkaFault.ts';

/** Who a member is in a group, and since which of its rebalances. */
export interface MemberPlace {
  readonly memberId: string;
  readonly generation: number;
}

/** What a member offers when it joins. */
export interface JoinRequest {
  /** The id that the coordinator gave; `''` at first. */
  readonly memberId: string;
  /** A member that was not heard of for so long is out of the group, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** How long a rebalance waits for its members, in milliseconds. */
  readonly rebalanceTimeoutMs: number;
  /** The ways of handing out partitions it knows, the liked ones first, each with what it tells the others. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

/** What a coordinator answers to who joins. */
export type Joined =
  | { readonly error: KafkaFault; readonly memberId: string }
  | {
      readonly error?: never;
      readonly memberId: string;
      readonly generation: number;
      readonly protocol: string;
      /** The member that hands out the partitions. */
      readonly leader: string;
      /** For the leader: all members and what they told. */
      readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[];
    };

/** What a member got, or why it got nothing. */
export type Synced =
  | { readonly error: KafkaFault; readonly assignment?: never }
  | { readonly error?: never; readonly assignment: Buffer };

/**
 * The requests of one member of a consumer group (Kafka's classic protocol), over connections of its own: a broker answers the
 * requests of a connection one after the other, and joining may take as long as a rebalance does. Like a driver it only carries
 * requests; rejections are those of `KafkaDriver`, what the coordinator refuses is a {@link KafkaFault}.
 */
export interface KafkaGroupMember {
  join(request: JoinRequest): Promise<Joined>;
  /** Gets what the member is to read; the leader brings what each of them is to. */
  sync(
    place: MemberPlace,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<Synced>;
  heartbeat(place: MemberPlace): Promise<KafkaFault | undefined>;
  leave(memberId: string): Promise<KafkaFault | undefined>;
  /** Keeps offsets for the group, as long as the member is in it. */
  commit(place: MemberPlace, offsets: readonly GroupOffsetCommit[]): Promise<readonly GroupCommitAnswer[]>;
  /** Lets go of its connections; it does not leave the group. */
  close(): void;
}
