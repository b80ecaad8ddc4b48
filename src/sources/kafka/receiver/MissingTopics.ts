import { StreamError } from '../../../core/errors.ts';
import type { TopicMetadata } from '../../../drivers/kafka/KafkaDriver.ts';
import type { ReceiverSettings } from './ReceiverSettings.ts';

/** Topics that no broker knows: gone for too long, they end the run. */
export class MissingTopics {
  readonly #settings: ReceiverSettings;
  readonly #now: () => number;
  readonly #fail: (error: StreamError) => void;
  readonly #since = new Map<string, number>();

  constructor(settings: ReceiverSettings, now: () => number, fail: (error: StreamError) => void) {
    this.#settings = settings;
    this.#now = now;
    this.#fail = fail;
  }

  /** A topic as it was just seen. */
  seen({ name: topic, error }: TopicMetadata): void {
    const { name, onMissingTopic, openTimeoutMs } = this.#settings;
    if (error === undefined) return void this.#since.delete(topic);
    if (!error.retriable) {
      const why = `${name}: Kafka refuses to tell of the topic ${topic}: ${error.name}.`;
      return this.#fail(new StreamError('SOURCE_FAILED', why, { details: { topic, fault: error } }));
    }
    if (error.name !== 'UNKNOWN_TOPIC_OR_PARTITION' || onMissingTopic === 'wait') return;
    const since = this.#since.get(topic) ?? this.#now();
    this.#since.set(topic, since);
    if (this.#now() - since >= openTimeoutMs) this.#fail(topicMissing(name, topic));
  }
}

/** That a topic does not exist. */
export function topicMissing(name: string, topic: string): StreamError {
  const message =
    `${name}: expected the topic ${topic} to exist, and Kafka has none. Create it, mend the name, or say ` +
    "onMissingTopic: 'wait' to begin with it when it appears.";
  return new StreamError('TOPIC_MISSING', message, { details: { topic } });
}
