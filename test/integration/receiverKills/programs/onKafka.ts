/** Texts of a topic through a member of a consumer group. */
import type { KafkaDriver } from '../../../../src/kafka.ts';
import { asText, kafkajsDriver, kafkaReceiver } from '../../../../src/kafka.ts';
import type { Steps } from '../../crashMatrix/Steps.ts';
import { liveReceiver, settings } from './liveReceiver.ts';

export interface OnKafka {
  readonly brokers: string[];
  readonly topic: string;
}

const { brokers, topic, ...rest } = settings<OnKafka>();

liveReceiver(rest, {
  source: (log, steps) =>
    kafkaReceiver({
      kafka: stepsOfDriver(kafkajsDriver({ kafka: { brokers } }), steps),
      topics: [topic],
      groupId: topic,
      from: 'earliest',
      value: asText(),
      log,
      receivers: 2,
      blockIntervalMs: 5,
      sessionTimeoutMs: 1500,
      heartbeatIntervalMs: 50,
    }),
  lineOf: ({ value }) => value,
});

/** The driver with steps after what comes and before and after what is committed. */
function stepsOfDriver(driver: KafkaDriver, steps: Steps): KafkaDriver {
  const stepped: KafkaDriver = Object.create(driver, {
    fetch: {
      value: async (...asked: Parameters<KafkaDriver['fetch']>) => {
        const answers = await driver.fetch(...asked);
        if (answers.some(({ records }) => records.length > 0)) steps.pass('after receive');
        return answers;
      },
    },
    groupMember: {
      value: (group: string) => {
        const member = (driver as Required<KafkaDriver>).groupMember(group);
        return Object.create(member, {
          commit: {
            value: async (...asked: Parameters<typeof member.commit>) => {
              steps.pass('before acknowledge');
              const answer = await member.commit(...asked);
              steps.pass('after acknowledge');
              return answer;
            },
          },
        });
      },
    },
  });
  return stepped;
}
