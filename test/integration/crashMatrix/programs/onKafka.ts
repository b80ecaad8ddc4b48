/** Lines of a topic in real time, offsets in Kafka, checkpoint in files. */
import { folderLog } from '../../../../src/checkpoint/file/folderLog.ts';
import { loggedCheckpoint } from '../../../../src/checkpoint/log/loggedCheckpoint.ts';
import { asText, kafkaDirect, kafkaOffsets } from '../../../../src/kafka.ts';
import { COMPACTION, live, settings } from './live.ts';
import { stepsOfStorage } from './stepsOfStorage.ts';

export interface OnKafka {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly checkpoint: string;
}

const { brokers, topic, checkpoint, ...life } = settings<OnKafka>();
const kafka = { brokers: [...brokers] };

live(life, {
  offsets: kafkaOffsets({ kafka, group: topic }),
  source: (offsets) =>
    kafkaDirect({ kafka, topics: [topic], offsets, from: 'earliest', value: asText(), maxRecordsPerBatch: 12 }),
  lineOf: ({ value }) => value as string,
  checkpoint: (steps, asked) =>
    loggedCheckpoint(stepsOfStorage(folderLog({ folder: checkpoint }), steps, asked), COMPACTION),
});
