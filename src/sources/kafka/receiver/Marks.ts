import { StreamError } from '../../../core/errors.ts';
import type { TopicPartition } from '../../../drivers/kafka/KafkaDriver.ts';

/** How far a partition has come into the log. */
export interface Mark extends TopicPartition {
  /** Which topic of that name; `''` where unknown. */
  readonly topicId: string;
  /** The offset after the last one that the log has, or has had. */
  readonly next: number;
}

/** What the note of a block says: the marks of all partitions, and who the members of the group were, of this log alone. */
interface MarksNote {
  readonly kafkaReceiver: 1;
  readonly members: readonly string[];
  readonly topics: Readonly<
    Record<string, { readonly id: string; readonly anew?: true; readonly next: readonly (readonly [number, number])[] }>
  >;
}

interface TopicMarks {
  id: string;
  /** There was another topic of this name before. */
  readonly isAnew: boolean;
  readonly next: Map<number, number>;
}

/**
 * How far each partition has come into the log, kept in the note of its last block. Kafka brings again what was not committed; what is
 * below its mark is in the log already. A mark belongs to one topic: one made anew under the same name has none.
 */
export class Marks {
  /** The members of the group that the process before this one had: it is gone, and they are to leave. */
  readonly formerMembers: readonly string[];
  readonly #topics = new Map<string, TopicMarks>();

  constructor(name: string, note: unknown) {
    this.formerMembers = [];
    if (note === undefined || note === null) return;
    if ((note as Partial<MarksNote>).kafkaReceiver !== 1) {
      throw new StreamError(
        'SOURCE_FAILED',
        `${name}: expected a log that a kafkaReceiver of this version has written, and this one belongs to another source. Give every source a log of its own.`,
      );
    }
    const { members, topics } = note as MarksNote;
    this.formerMembers = members;
    for (const [topic, { id, anew = false, next }] of Object.entries(topics)) {
      this.#topics.set(topic, { id, isAnew: anew, next: new Map(next) });
    }
  }

  /** How far a partition has come; `undefined` if nothing of this very topic did. */
  get({ topic, partition }: TopicPartition, topicId: string): number | undefined {
    const marks = this.#topics.get(topic);
    return marks !== undefined && isSame(marks.id, topicId) ? marks.next.get(partition) : undefined;
  }

  /** Whether anything of a topic of this name has come. */
  knows(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** Whether what came of this partition under this name was of another topic. */
  isOther({ topic, partition }: TopicPartition, topicId: string): boolean {
    const marks = this.#topics.get(topic);
    return marks !== undefined && (!isSame(marks.id, topicId) || (marks.isAnew && !marks.next.has(partition)));
  }

  /** Goes on elsewhere, also before where a partition was. */
  reset(mark: Mark): void {
    this.#put(this.#topics, mark);
  }

  advance(marks: readonly Mark[]): void {
    for (const mark of marks) this.#put(this.#topics, mark);
  }

  /** The note of a block that takes these partitions so far. */
  note(marks: readonly Mark[], members: readonly string[]): unknown {
    const topics = new Map(
      [...this.#topics].map(([topic, { next, ...of }]) => [topic, { ...of, next: new Map(next) }]),
    );
    for (const mark of marks) this.#put(topics, mark);
    const plain = [...topics].map(([topic, { id, isAnew, next }]) => {
      return [topic, { id, ...(isAnew && { anew: true as const }), next: [...next] }] as const;
    });
    return { kafkaReceiver: 1, members, topics: Object.fromEntries(plain) } satisfies MarksNote;
  }

  #put(topics: Map<string, TopicMarks>, { topic, partition, topicId, next }: Mark): void {
    let marks = topics.get(topic);
    if (marks === undefined || !isSame(marks.id, topicId)) {
      marks = { id: topicId, isAnew: marks !== undefined, next: new Map() };
      topics.set(topic, marks);
    }
    if (marks.id === '') marks.id = topicId;
    marks.next.set(partition, next);
  }
}

function isSame(one: string, other: string): boolean {
  return one === other || one === '' || other === '';
}
