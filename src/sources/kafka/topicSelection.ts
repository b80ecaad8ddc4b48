import { refuse, textArgument, wholeNumber } from '../../core/arguments.ts';
import type { TopicMetadata } from '../../drivers/kafka/KafkaDriver.ts';

/** Partitions of one topic that are read, whatever others there are. */
export interface KafkaAssignment {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** What is read: Kafka's Subscribe, SubscribePattern and Assign. */
export interface TopicSelection {
  readonly kind: 'topics' | 'pattern' | 'assign';
  /** What the source's default name is made from. */
  readonly title: string;
  /** Topics to ask for by name; `undefined`: all of them have to be looked at. */
  readonly names: readonly string[] | undefined;
  selects(topic: TopicMetadata): boolean;
  /** Which of its partitions are read. */
  partitions(topic: TopicMetadata): readonly number[];
}

/** The selection that these options mean, exactly one of which is given. */
export function topicSelection(options: {
  readonly topics?: readonly string[];
  readonly topicsPattern?: RegExp;
  readonly assign?: readonly KafkaAssignment[];
}): TopicSelection {
  const { topics, topicsPattern, assign } = options;
  if ([topics, topicsPattern, assign].filter((given) => given !== undefined).length !== 1) {
    refuse('kafkaDirect({ topics | topicsPattern | assign })', 'exactly one of the three', options);
  }
  if (topics !== undefined) return byName(topics);
  return topicsPattern === undefined ? assigned(assign as readonly KafkaAssignment[]) : matching(topicsPattern);
}

function byName(topics: readonly string[]): TopicSelection {
  checkList('kafkaDirect(topics)', topics, 'at least one topic: topics: ["lines"]');
  const names = [...new Set(topics.map((topic) => textArgument('kafkaDirect(topics)', topic)))];
  return {
    kind: 'topics',
    title: names.join(','),
    names,
    selects: ({ name }) => names.includes(name),
    partitions: allOf,
  };
}

function matching(pattern: RegExp): TopicSelection {
  if (!(pattern instanceof RegExp)) refuse('kafkaDirect(topicsPattern)', 'a RegExp', pattern);
  // Without g and y, which would make test() remember where it was.
  const matcher = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return {
    kind: 'pattern',
    title: String(pattern),
    names: undefined,
    selects: ({ name, internal }) => !internal && matcher.test(name),
    partitions: allOf,
  };
}

function assigned(assign: readonly KafkaAssignment[]): TopicSelection {
  checkList('kafkaDirect(assign)', assign, 'at least one: assign: [{ topic: "lines", partitions: [0] }]');
  const byTopic = new Map<string, number[]>();
  for (const { topic, partitions } of assign) {
    checkList('kafkaDirect(assign.partitions)', partitions, `the numbers of partitions of ${topic}`);
    const wanted = byTopic.get(textArgument('kafkaDirect(assign.topic)', topic)) ?? [];
    byTopic.set(topic, wanted);
    for (const partition of partitions) {
      if (!wanted.includes(wholeNumber('kafkaDirect(assign.partitions)', partition, 0))) wanted.push(partition);
    }
  }
  return {
    kind: 'assign',
    title: [...byTopic].map(([topic, partitions]) => `${topic}[${partitions.join(' ')}]`).join(','),
    names: [...byTopic.keys()],
    selects: ({ name }) => byTopic.has(name),
    partitions: ({ name }) => byTopic.get(name) ?? [],
  };
}

function allOf(topic: TopicMetadata): readonly number[] {
  return topic.partitions.map(({ partition }) => partition);
}

function checkList(where: string, list: readonly unknown[], expected: string): void {
  if (!Array.isArray(list) || list.length === 0) refuse(where, expected, list);
}
