import { isStreamError, StreamError } from '../../../core/errors.ts';
import { decodeRecords } from '../../../drivers/kafka/decodeRecords.ts';
import type { ClusterMetadata } from '../../../drivers/kafka/KafkaDriver.ts';
import type { KafkaRecord } from '../../../drivers/kafka/KafkaRecord.ts';
import { kafkaDriverFor } from '../../../drivers/kafka/kafkaDriverFor.ts';
import type { Receiver, ReceiverHost } from '../../receiver/Receiver.ts';
import type { RecordRun } from '../../Source.ts';
import { Waits } from '../../Waits.ts';
import { backOff } from '../backOff.ts';
import { BlockGatherer } from './BlockGatherer.ts';
import { Held } from './Held.ts';
import { Marks } from './Marks.ts';
import { topicMissing } from './MissingTopics.ts';
import { ReceiverMember } from './ReceiverMember.ts';
import type { ReceiverSettings } from './ReceiverSettings.ts';
import { readBlock } from './receivedBlock.ts';

/** How long a topic may be unknown to the brokers before it counts as not there, in milliseconds. */
const TOPIC_PATIENCE_MS = 1000;
/** How long it may take to tell the group of members whose process is gone, in milliseconds. */
const BURY_MS = 3000;

/** The receiving half of `kafkaReceiver`: some members of a consumer group, which put what they fetch into one log. */
export class KafkaReceiver implements Receiver<KafkaRecord> {
  readonly #settings: ReceiverSettings;
  #members: readonly ReceiverMember[] = [];
  #gatherer: BlockGatherer | undefined;
  #isStopped = false;

  constructor(settings: ReceiverSettings) {
    this.#settings = settings;
  }

  async start(host: ReceiverHost): Promise<void> {
    const { name, receivers, target } = this.#settings;
    const marks = new Marks(name, host.note);
    const failed = (error: unknown): void => host.end(named(name, error));
    const gatherer = new BlockGatherer(this.#settings, host, marks, {
      safe: (claims) => {
        for (const member of this.#members) member.safe(claims);
      },
      failed,
      members: () => this.#members.map(({ memberId }) => memberId).filter((memberId) => memberId !== ''),
    });
    this.#gatherer = gatherer;
    const shared = { host, marks, gatherer, held: new Held(), failed };
    this.#members = Array.from({ length: receivers }, (_, i) => {
      return new ReceiverMember(this.#settings, i, kafkaDriverFor('kafkaReceiver(kafka)', target), shared);
    });
    const [first] = this.#members as readonly [ReceiverMember];
    const waits = new Waits(host.scheduler, host.signal);
    const metadata = await this.#reached(first, host, waits);
    // They would be waited for at every rebalance until their sessions are over.
    await waits.within(BURY_MS, first.bury(marks.formerMembers)).catch((error: unknown) => {
      if (waits.over) throw error;
    });
    if (this.#isStopped) return;
    for (const member of this.#members) member.start(metadata);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#members.map((member) => member.stop()));
    this.#gatherer?.close();
  }

  decode(block: Uint8Array): RecordRun<KafkaRecord> {
    const { isolation, parts } = readBlock(this.#settings.name, block);
    return {
      run(visit) {
        for (const { topic, partition, from, until, batches, aborted } of parts) {
          // The checksums were held against the records before they were stored; the log has its own.
          const options = { topic, partition, from, until, isolation, aborted, checkCrc: false };
          if (decodeRecords(batches, options, visit).stopped) return;
        }
      },
    };
  }

  /** The topics, once Kafka could be reached; rejects when that takes too long or one is not there. */
  async #reached(member: ReceiverMember, host: ReceiverHost, waits: Waits): Promise<ClusterMetadata> {
    const { name, openTimeoutMs, onMissingTopic } = this.#settings;
    const since = waits.now;
    let isTold = false;
    for (let tries = 1; ; tries++) {
      try {
        const metadata = await member.look();
        const missing = metadata.topics.find(({ error }) => error?.name === 'UNKNOWN_TOPIC_OR_PARTITION');
        const isLate = waits.now - since >= TOPIC_PATIENCE_MS;
        if (missing === undefined || onMissingTopic === 'wait') return metadata;
        if (isLate) throw topicMissing(name, missing.name);
      } catch (error) {
        const mayPass = isStreamError(error) && error.retriable && waits.now - since < openTimeoutMs;
        if (waits.over || !mayPass) throw named(name, error);
        if (!isTold)
          host.report('RECONNECTING', `Kafka cannot be reached; trying again: ${error.message}`, { cause: error });
        isTold = true;
      }
      await waits.pause(backOff(tries));
    }
  }
}

/** The same failure, and whose it is. */
function named(name: string, error: unknown): unknown {
  if (!isStreamError(error) || error.message.startsWith(name)) return error;
  const { code, message, retriable, cause = error, details } = error;
  return new StreamError(code, `${name}: ${message}`, { cause, retriable, details });
}
