import { describe, expect, it } from 'vitest';
import type { ClusterMetadata, TopicMetadata } from '../../../src/drivers/kafka/KafkaDriver.ts';
import { kafkaFault } from '../../../src/drivers/kafka/kafkaFault.ts';
import { LeaderTable } from '../../../src/drivers/kafka/LeaderTable.ts';

describe('LeaderTable', () => {
  const topic = (name: string, topicId: string, leader: number, leaderEpoch: number): TopicMetadata => ({
    name,
    topicId,
    internal: false,
    partitions: [{ partition: 0, leader, leaderEpoch }],
  });
  const answer = (...topics: readonly TopicMetadata[]): ClusterMetadata => ({
    clusterId: 'c',
    brokers: [{ nodeId: 1, host: 'one', port: 9092, rack: null }],
    topics,
  });
  const at = { topic: 'a', partition: 0 };

  it('keeps the newer leader when a broker that lags behind answers, also in what it gives back', () => {
    const table = new LeaderTable();
    table.learn(answer(topic('a', 'id', 2, 7)), ['a']);
    const given = table.learn(answer(topic('a', 'id', 1, 6)), ['a']);
    expect(given.topics[0]?.partitions).toEqual([{ partition: 0, leader: 2, leaderEpoch: 7 }]);
    expect(table.partition(at)).toEqual({ partition: 0, leader: 2, leaderEpoch: 7 });
  });

  it('takes the same epoch without a leader: it has just been lost', () => {
    const table = new LeaderTable();
    table.learn(answer(topic('a', 'id', 2, 7)), ['a']);
    table.learn(answer(topic('a', 'id', -1, 7)), ['a']);
    expect(table.partition(at)?.leader).toBe(-1);
  });

  it('starts anew with a recreated topic, whose epochs begin again', () => {
    const table = new LeaderTable();
    table.learn(answer(topic('a', 'id', 2, 7)), ['a']);
    table.learn(answer(topic('a', 'other', 1, 0)), ['a']);
    expect(table.partition(at)).toEqual({ partition: 0, leader: 1, leaderEpoch: 0 });
  });

  it('forgets topics that an answer about all topics does not have, and keeps the others', () => {
    const table = new LeaderTable();
    table.learn(answer(topic('a', 'id', 2, 7), topic('b', 'id', 2, 7)), 'all');
    table.learn(answer(topic('c', 'id', 2, 7)), ['c']);
    expect(['a', 'b', 'c'].map((name) => table.knows(name))).toEqual([true, true, true]);
    table.learn(answer(topic('b', 'id', 1, 6)), 'all');
    expect(['a', 'b', 'c'].map((name) => table.knows(name))).toEqual([false, true, false]);
    expect(table.partition({ topic: 'b', partition: 0 })?.leaderEpoch).toBe(7);
  });

  it('keeps its brokers when an answer names none', () => {
    const table = new LeaderTable();
    table.learn(answer(), []);
    table.learn({ ...answer(), brokers: [] }, []);
    expect(table.broker(1)?.host).toBe('one');
  });

  it('knows a topic that is missing by its error', () => {
    const table = new LeaderTable();
    const error = kafkaFault(3);
    table.learn(answer({ ...topic('a', '', -1, -1), partitions: [], ...(error && { error }) }), ['a']);
    expect([table.knows('a'), table.topic('a')?.error?.name]).toEqual([true, 'UNKNOWN_TOPIC_OR_PARTITION']);
  });
});

describe('kafkaFault', () => {
  it('is nothing for success, and tells what to do for the rest', () => {
    expect(kafkaFault(0)).toBeUndefined();
    expect(kafkaFault(6)).toEqual({ code: 6, name: 'NOT_LEADER_OR_FOLLOWER', retriable: true, staleMetadata: true });
    expect(kafkaFault(14)).toMatchObject({ retriable: true, staleMetadata: false });
    expect(kafkaFault(29)).toMatchObject({ name: 'TOPIC_AUTHORIZATION_FAILED', retriable: false });
    expect(kafkaFault(9999)).toEqual({ code: 9999, name: 'CODE_9999', retriable: false, staleMetadata: false });
  });
});
