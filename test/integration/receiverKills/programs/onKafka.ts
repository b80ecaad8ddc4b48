/** Texts of a topic through a member of a consumer group. */
import type { KafkaDriver } from '../../../../src/kafka.ts';
import { asText, kafkajsDriver, kafkaReceiver } from '../../../../src/kafka.ts';
import type { Steps } from '../../crashMatrix/Steps.ts';
import { liveReceiver, settings } from './liveReceiver.ts';

export interface OnKafka {
  readonly brokers: string[];
  readonly topic: string;
  readonly receivers: number;
}

const { brokers, topic, receivers, ...rest } = settings<OnKafka>();

liveReceiver(rest, {
  source: (log, steps) =>
    kafkaReceiver({
      kafka: stepsOfDriver(kafkajsDriver({ kafka: { brokers } }), steps),
      topics: [topic],
      groupId: topic,
      from: 'earliest',
      value: asText(),
      log,
      receivers,
      blockIntervalMs: 5,
      sessionTimeoutMs: 1500,
      heartbeatIntervalMs: 10,
    }),
  lineOf: ({ value }) => value,
});

/** The driver with steps after what comes and before and after what is committed; closed with the last of its members. */
function stepsOfDriver(driver: KafkaDriver, steps: Steps): KafkaDriver {
  let members = 0;
  return {
    name: driver.name,
    connect: () => driver.connect(),
    close: (deadlineMs) => driver.close(deadlineMs),
    topics: () => driver.topics(),
    metadata: (topics) => driver.metadata(topics),
    listOffsets: (partitions, spec, isolation) => driver.listOffsets(partitions, spec, isolation),
    fetch: async (node, partitions, options) => {
      const answers = await driver.fetch(node, partitions, options);
      if (answers.some(({ records }) => records.length > 0)) steps.pass('after receive');
      return answers;
    },
    committed: (group, partitions) => driver.committed(group, partitions),
    commit: (group, offsets) => driver.commit(group, offsets),
    groupMember: (group) => {
      const member = (driver as Required<KafkaDriver>).groupMember(group);
      members++;
      return {
        join: (request) => member.join(request),
        sync: (place, assignments) => member.sync(place, assignments),
        heartbeat: (place) => member.heartbeat(place),
        leave: (memberId) => member.leave(memberId),
        commit: async (place, offsets) => {
          steps.pass('before acknowledge');
          const answer = await member.commit(place, offsets);
          steps.pass('after acknowledge');
          return answer;
        },
        close: () => {
          member.close();
          if (--members === 0) void driver.close(0);
        },
      };
    },
  };
}
